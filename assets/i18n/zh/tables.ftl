data-tab-distributions = 分布
data-rows-title = 行数
job-table = 正在筛选和排序
job-column = 正在统计列
job-export = 正在写出行
stage-exporting = 正在写出行
job-activity = 正在衡量活跃度
stage-filtering = 正在筛选
stage-sorting = 正在排序
stage-column = 正在统计取值
stage-distributions = 正在衡量活跃度

table-condition = 搜索或条件
table-condition-hint = 输入词语，或条件，如 price > 10
table-examples = 条件示例
table-examples-hint = 输入词语可搜索所有文字，也可输入条件。点击示例即可从它开始。
table-column-names = 列：{ $names }；any 表示所有文字列
table-operators = = != < <= > >= ~（包含）!~ in (…) is missing；and、or、not、( )。日期代表整日、整月或整年。含空格的列名写在 `反引号` 之间。
table-columns = 列
table-statistics = 统计
table-inspected = 列
table-inspect = 列统计
table-close-statistics = 关闭统计
table-sort-up = 升序排列
table-sort-down = 降序排列
table-hide = 隐藏此列
table-header-hint = 点击排序，按住 Shift 点击可追加排序，右键查看更多。条件中写作：{ $name }
table-export = 复制或保存这些行
table-save-csv = 将 { $rows } 行保存为 CSV…
table-copy-csv = 将 { $rows } 行复制为 CSV
table-no-rows = 没有符合的行。请修改或清除条件。
table-stopped = 已停止；显示的是之前的行

table-col-product-id = 商品编号
table-col-description = 描述
table-col-views = 浏览
table-col-carts = 加购
table-col-returns = 退货
table-col-units = 件数
table-col-revenue = 销售额

table-rows = 行数
table-missing = 缺失
table-distinct = 不同取值
table-p95 = 95%
table-deviation = 标准差
table-log-values = 对数刻度
table-top-values = 最常见的取值

table-error = 第 { $position } 个字符：{ $problem }
table-error-ended = 末尾缺少{ $expected }
table-error-unexpected = 此处应为{ $expected }，却是 { $found }
table-error-unclosed = 引号没有闭合
table-error-sign = { $found } 不是比较符号
table-error-deep = 括号嵌套过多
table-error-column = 没有名为 { $name } 的列。可用的列：{ $known }
table-error-text = { $column } 是文字，不能用 { $sign } 比较。请用 =、!=、~、!~、in 或 is missing
table-error-numbers = { $column } 是数字，不能用 { $sign } 比较。请用 =、!=、<、<=、>、>=、in 或 is missing
table-error-date = { $column } 应与日期比较，如 2024-01-05，却是 { $found }
table-error-number = { $column } 应与数字比较，却是 { $found }
table-expected-column = 列名
table-expected-operator = 比较，如 =、>、~、in 或 is missing
table-expected-value = 值
table-expected-open = 左括号
table-expected-comma = 逗号或右括号
table-expected-missing = missing 或 not missing
table-expected-in = in
table-expected-close = and、or 或右括号
table-expected-end = and 或 or

dist-table = 表
dist-of = { $column } 的分布
dist-log-counts = 计数用对数刻度
dist-from = 从
dist-to = 到
dist-value = 取值
dist-nothing = 该列没有任何取值。
dist-bin = { $low } – { $high }：{ $count } 行（{ $share }）
dist-counts = { $values } 个值，{ $distinct } 个不同，{ $missing } 个缺失
dist-rule-fd = 按 Freedman–Diaconis 规则分 { $bins } 组
dist-rule-sturges = 按 Sturges 规则分 { $bins } 组
dist-rule-whole = 按整数分 { $bins } 组
dist-rule-capped = { $bins } 组，为可绘制的上限
dist-rule-single = 所有值相等
dist-left-out = { $values } 个不大于 0 的值不在对数刻度上
dist-top = 显示最常见的 { $values } 个
dist-per-shopper = 每位顾客的事件数（按名次）
dist-per-product = 每件商品的事件数（按名次）
dist-concentration = 前 1% 占全部事件的 { $one }，前 10% 占 { $ten }；基尼系数 { $gini }，中位数 { $median }。对数刻度。
dist-rank = 名次
dist-rank-value = 第 { $rank } 名：{ $events } 个事件
dist-gaps = 事件间隔时间
dist-gaps-hint = 同一顾客的 { $pairs } 对相邻事件，其中 { $zeros } 对同时发生，未绘出；中位数 { $median }，95% 在 { $p95 } 以内。对数刻度。
