import-title = 导入文件
import-hint = 请确认每个文件的内容以及每一列的含义
import-start = 导入
import-cancel = 取消
import-name = 商店名称
import-project = 项目文件夹
import-project-hint = 项目保存导入的数据、训练结果和模型。您的文件只会被读取。
import-role = { $file } 的内容
import-left-out = 不导入此文件。
import-missing = 未找到以下字段对应的列：{ $fields }。请在下方选择。
import-column-for = “{ $field }”对应的列
import-problem-nothing = 请至少选择一个事件文件或商品目录文件。
import-problem-columns = 缺少必需的列，请在下方选择，或不导入该文件。
import-problem-folder = 请输入项目文件夹。

role-events = 事件
role-catalog = 商品目录
role-users = 顾客
role-none = 不导入

format-delimited = 分隔文本
format-json-lines = JSON 行
format-parquet = Parquet
delimiter-tab = 制表符

column-auto = 自动识别
column-none = 不使用
column-row = 行号
column-always = 始终为：{ $event }

match-chosen = 由您选择
match-name = 按列名
match-name-and-values = 按列名；{ $sampled } 个值中有 { $fitting } 个相符
match-name-despite-values = 按列名，但 { $sampled } 个值中仅 { $fitting } 个相符
match-values = 按内容：{ $sampled } 个值中有 { $fitting } 个相符

field-user = 顾客
field-item = 商品
field-time = 时间
field-event = 事件
field-quantity = 数量
field-price = 单价
field-total = 行总额
field-rating = 星级
field-query = 搜索词
field-review = 评价内容
field-order = 订单号
field-title = 标题
field-description = 描述
field-category = 品类
field-brand = 品牌
field-stock = 库存
field-picture = 图片
