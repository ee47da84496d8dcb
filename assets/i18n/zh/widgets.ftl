figure-menu = “{ $figure }”的菜单
figure-show-table = 显示为表格
figure-show-chart = 显示为图
figure-copy-csv = 复制为 CSV
figure-save-csv = 保存为 CSV…
figure-save-png = 保存为 PNG…
figure-save-svg = 保存为 SVG…
heatmap-no-value = 无数值

progress-cancel = 取消
progress-cancelling = 正在停止…
progress-waiting = 等待中
progress-rate = 每秒 { $rate }
progress-left = 剩余 { $time }
progress-elapsed = 已用 { $time }

picker-searching = 正在搜索…
picker-nothing = 没有找到
