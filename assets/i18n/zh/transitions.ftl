transitions-hint = 以马尔可夫链描述顾客的行为转移
transitions-idle = 尚未统计
transitions-idle-hint = 先在上方选择状态的含义，再统计顾客如何从一个状态转到下一个状态。
transitions-empty = 没有可统计的内容
transitions-empty-hint = 该人群的事件中没有这类状态。请在上方选择其他状态或其他人群。

transitions-states = 状态
transitions-states-event = 事件
transitions-states-category = 品类
transitions-states-item = 商品
transitions-max-states = 最常见状态数
transitions-steps = 步数
transitions-steps-hint = 矩阵显示按一步链推算若干步之后顾客所处的状态。
transitions-segment = 顾客
transitions-segment-all = 全部
transitions-segment-buyers = 有购买
transitions-segment-non-buyers = 无购买
transitions-segment-categories = 单一品类的事件
transitions-gap = 会话间隔
transitions-gap-none = 不切分
transitions-smoothing = 平滑
transitions-smoothing-hint = 在逐行归一化之前加到每个可能的单元格上（加法平滑，拉普拉斯）。
transitions-chain = 链
transitions-boundaries = 起点与终点
transitions-boundaries-hint = 在每个会话前后加上起点和终点状态。
transitions-self = 计入停留
transitions-self-hint = 同一状态连续出现两次是否算一次转移。若不算，则合并为一次。

transitions-matrix = 转移矩阵
transitions-matrix-hint = { $steps ->
    [1] 行：出发状态；列：到达状态。下一步的概率。
   *[other] 行：出发状态；列：到达状态。{ $steps } 步之后的概率。
}
transitions-matrix-description = { $states } 个状态之间 { $steps } 步转移概率的热力图
transitions-matrix-point = 指向单元格可查看概率与次数；点击可查看该行的去向。
transitions-cell = { $from } → { $to }：{ $steps ->
    [1] 一步
   *[other] { $steps } 步之后
} { $probability } · 一步转移 { $left } 次中观察到 { $count } 次
transitions-graph = 转移图
transitions-graph-hint = 圆：长期占比。箭头：下一步的概率。指向某个状态可查看流出（蓝）与流入（橙）。
transitions-graph-description = { $states } 个状态、{ $arrows } 条转移的图
transitions-layout = 布局
transitions-layout-circular = 环形
transitions-layout-force = 弹簧
transitions-threshold = 最低概率
transitions-node-tip = 长期占 { $share } · 观察到 { $visits } 次
transitions-edge-tip = { $from } → { $to }：一步 { $probability } · 观察到 { $count } 次
transitions-from = 从
transitions-to = 到
transitions-probability = 概率
transitions-count = 次数
transitions-outgoing = 从“{ $state }”出发
transitions-outgoing-hint = { $steps ->
    [1] 下一步的去向，共观察到 { $left } 次
   *[other] { $steps } 步之后所处的状态；次数为一步转移，共 { $left } 次
}
transitions-bar = { $share } · { $count }
transitions-more = 另有 { $n } 项，以表格显示可查看全部
transitions-stationary = 长期分布
transitions-stationary-hint = 忘记起点之后各状态所占的比例。竖线为实际观察到的占比。
transitions-state = 状态
transitions-long-run = 长期占比
transitions-observed = 观察占比
transitions-visits = 次数
transitions-notes = 关于这条链
transitions-note-size = { $states } 个状态，{ $chains } 个会话中共 { $steps } 次转移。
transitions-note-unique = 无论从哪里开始，都会收敛到同一个分布。
transitions-note-periodic = 它周期性循环；此处的分布是一个周期内的平均。
transitions-note-from-start = 结果取决于起点；此处的分布从观察到的起点出发。
transitions-note-restarted = 每次到达终点后回到起点，因此存在长期分布。
transitions-note-period = 周期为 { $period }：只有每 { $period } 步才可能回到同一状态。
transitions-note-classes = 有 { $classes } 组状态一旦进入便不再离开。
transitions-note-transient = 有 { $states } 个状态迟早会被永久离开。
transitions-note-absorbing = 有 { $states } 个状态在数据中没有出路，其占比保持不变。
transitions-note-entropy = 下一步平均含有 { $bits } 比特的不确定性。
transitions-order-yes = 下一状态依赖于当前状态：Cramér’s V = { $v }（χ² = { $chi }，自由度 { $df }，p { $p }）。
transitions-order-no = 没有迹象表明下一状态依赖于当前状态：Cramér’s V = { $v }（χ² = { $chi }，自由度 { $df }，p { $p }）。
transitions-sparse = { $share } 的单元格期望次数不足 5，p 值仅供参考。
transitions-no-order-test = 转移次数太少，无法检验下一状态是否依赖于当前状态。
