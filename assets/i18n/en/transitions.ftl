transitions-hint = How shoppers move, as a Markov chain
transitions-idle = Nothing has been counted yet
transitions-idle-hint = Choose what a state is above, then count how shoppers move from one state to the next.
transitions-empty = There is nothing to count here
transitions-empty-hint = No event of this segment has a state of this kind. Choose other states or another segment above.

transitions-states = States
transitions-states-event = Events
transitions-states-category = Categories
transitions-states-item = Products
transitions-max-states = Most frequent states
transitions-steps = Steps ahead
transitions-steps-hint = The matrix shows where a shopper is after this many steps of the one-step chain.
transitions-segment = Shoppers
transitions-segment-all = Everybody
transitions-segment-buyers = Buyers
transitions-segment-non-buyers = Without a purchase
transitions-segment-categories = Events in one category
transitions-gap = Session gap
transitions-gap-none = No gap
transitions-smoothing = Smoothing
transitions-smoothing-hint = Added to every possible cell before rows are normalised (additive, Laplace).
transitions-chain = Chain
transitions-boundaries = Start and exit
transitions-boundaries-hint = Put a start and an exit state around every session.
transitions-self = Staying counts
transitions-self-hint = Whether the same state twice in a row is a transition. If not, it counts once.

transitions-matrix = Transition matrix
transitions-matrix-hint = { $steps ->
    [one] Row: from. Column: to. Probability of the next step.
   *[other] Row: from. Column: to. Probability after { $steps } steps.
}
transitions-matrix-description = Heatmap of transition probabilities between { $states } states, { $steps } steps ahead
transitions-matrix-point = Point at a cell for its probability and counts; click to see where its row leads.
transitions-cell = { $from } → { $to }: { $probability } { $steps ->
    [one] in one step
   *[other] after { $steps } steps
} · observed { $count } of { $left } one-step transitions
transitions-graph = Transition graph
transitions-graph-hint = Circle: long-run share. Arrow: probability of the next step. Point at a state for its ways out (blue) and in (orange).
transitions-graph-description = Graph of { $states } states and { $arrows } transitions
transitions-layout = Layout
transitions-layout-circular = Circle
transitions-layout-force = Springs
transitions-threshold = least probability
transitions-node-tip = { $share } of steps in the long run · { $visits } visits observed
transitions-edge-tip = { $from } → { $to }: { $probability } in one step · observed { $count } times
transitions-from = From
transitions-to = To
transitions-probability = Probability
transitions-count = Count
transitions-outgoing = From { $state }
transitions-outgoing-hint = { $steps ->
    [one] Where the next step leads, out of { $left } observed
   *[other] Where the shopper is after { $steps } steps; counts are of one step, out of { $left }
}
transitions-bar = { $share } · { $count }
transitions-more = and { $n } more; show as a table for all
transitions-stationary = Long-run distribution
transitions-stationary-hint = Share of steps in each state once the start is forgotten. The tick is the share observed.
transitions-state = State
transitions-long-run = Long-run share
transitions-observed = Observed share
transitions-visits = Visits
transitions-notes = About this chain
transitions-note-size = { $states } states, { $steps } transitions counted in { $chains } sessions.
transitions-note-unique = It settles to one distribution, whatever the start.
transitions-note-periodic = It goes round in a cycle; the distribution is the average over a cycle.
transitions-note-from-start = It depends on where it begins; the distribution starts from the beginnings observed.
transitions-note-restarted = Every exit leads back to the start, so that there is a long run to look at.
transitions-note-period = Its period is { $period }: only every { $period }th step can come back to a state.
transitions-note-classes = { $classes } groups of states are never left once entered.
transitions-note-transient = { $states ->
    [one] One state is left for good sooner or later.
   *[other] { $states } states are left for good sooner or later.
}
transitions-note-absorbing = { $states ->
    [one] One state has no way out in the data and keeps its share.
   *[other] { $states } states have no way out in the data and keep their share.
}
transitions-note-entropy = The next step holds { $bits } bits of surprise on average.
transitions-order-yes = The next state depends on the present one: Cramér’s V = { $v } (χ² = { $chi }, df = { $df }, p { $p }).
transitions-order-no = No sign that the next state depends on the present one: Cramér’s V = { $v } (χ² = { $chi }, df = { $df }, p { $p }).
transitions-sparse = { $share } of the cells expect fewer than 5 transitions; the p-value is rough.
transitions-no-order-test = Too few transitions to test whether the next state depends on the present one.
