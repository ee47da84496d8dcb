view-data = 数据
view-profiles = 画像
view-transitions = 转移
view-similarity = 相似
view-training = 训练
view-recommendations = 推荐
view-evaluation = 评估

action-palette = 搜索或执行命令
action-open-folder = 打开项目或文件夹
action-import-files = 导入文件
action-open-sample = 打开示例商店
action-close-project = 关闭项目
action-cancel-training = 停止训练
action-reset-zoom = 实际大小
action-toggle-theme = 切换浅色与深色
action-toggle-language = 切换中文与英文
action-dismiss = 关闭提示
action-retry = 重试
action-cancel = 取消
language-en = English
language-zh = 中文
files-data = 数据文件

shop-simulated = 模拟数据
shop-simulated-hint = 这个商店由模拟器生成，其上的准确度不能说明真实商店的情况。

palette-open = 搜索或执行命令
palette-hint = 输入视图、操作、商品或顾客的名称
palette-shopper = 顾客
palette-product = 商品

status-ready = 就绪
status-counts = { $events } 个事件 · { $users } 位顾客 · { $items } 件商品
status-revision = 数据 { $revision }
status-show-training = 查看
status-device = 模型运行于 { $device }
status-device-unknown = …正在查找设备
status-device-none = 无可用设备
status-software-rendering = 软件渲染
device-auto = 自动
device-gpu = GPU
device-cpu = CPU
device-software-gpu = 软件 GPU
device-software = 软件模拟

drop-files = 松开以查看文件，或打开文件夹

notice-file-saved = 文件已保存
notice-file-failed = 文件无法保存
notice-encoder-exported = 编码器已导出，可用于 transformers 和 sentence-transformers
notice-model-downloaded = 语言模型已就绪
notice-download-failed = 语言模型无法下载
notice-no-dialog = 无法打开文件对话框
notice-no-dialog-hint = 此桌面未提供文件对话框。请安装 xdg-desktop-portal 或 zenity；也可以将文件拖放到窗口，或从命令行打开。
action-undo = 撤销
notice-run-deleted = 已删除训练结果
device-cpu-threads = CPU，{ $threads } 线程
