format-arrow = Arrow
format-json = JSON 文档
format-excel = 工作簿
format-recbole = RecBole
format-movielens = MovieLens
format-sequence = 序列
format-pairs = 用户商品对
format-baskets = 购物篮
format-amazon = 亚马逊评论
format-lines = 文本行
format-periods = 按周期的销量
format-auto = 自动识别：{ $format }
import-format = { $file } 的格式

match-format = 由文件格式决定

import-words = 事件列中的词
import-word-count = 所查看的行中有 { $count } 行
import-word-for = “{ $word }”的含义
word-auto = 未知：不导入

warning-catalog-conflicts = 商品目录文件之间有 { $count } 个值不一致；保留了第一个文件的值。

report-word = “{ $word }”读作{ $event }，{ $count } 行
report-word-unknown = “{ $word }”未知，{ $count } 行
