recommendations-hint = 模型推荐什么、为什么，并与两种简单规则对照
recommendations-source = 起点
recommendations-source-shopper = 某位顾客
recommendations-source-hand = 自选商品
recommendations-shopper = 顾客
recommendations-pick-shopper = 选择顾客
recommendations-pick-shopper-hint = 请在上方选择一位顾客，或从自选商品开始。
recommendations-add = 添加商品
recommendations-add-first = 组成一段历史
recommendations-add-first-hint = 请在上方按先后添加商品，各模型随即推荐后续商品。
recommendations-run = 训练结果
recommendations-baseline = 基线
recommendations-baselines-only = 仅基线
recommendations-no-run = 尚无已完成的训练，目前只有基线作答。训练一个模型即可在此比较。
recommendations-train = 前往“训练”
recommendations-k = 长度
recommendations-filter = 已接触
recommendations-filter-viewed = 排除
recommendations-filter-hint = 排除历史中已有的商品。若顾客会重复购买，请保留。
recommendations-again = 重新推荐
recommendations-export = 导出列表（CSV）
recommendations-history = 历史
recommendations-history-hint = { $shown ->
    [0] 模型的起点
   *[other] { $all } 项中最近的 { $shown } 项，左侧最早：模型的起点
}
recommendations-history-empty = 该顾客没有接触过商品，模型只能依据全体顾客作答。
recommendations-earlier = 前移
recommendations-later = 后移
recommendations-remove = 移除
recommendations-picked = 已选
recommendations-add-picked = 加入历史
recommendations-see-similar = 查看相似商品
recommendations-unpick = 取消选择
recommendations-score = 第 { $rank } 名 · { $score }
recommendations-also = 同见于：{ $lists }
recommendations-latency = 用时 { $time }
recommendations-list-empty = 对这段历史没有推荐。
