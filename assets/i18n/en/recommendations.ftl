recommendations-hint = What a run recommends and why, beside two simple rules
recommendations-source = Start from
recommendations-source-shopper = A shopper
recommendations-source-hand = Products I choose
recommendations-shopper = Shopper
recommendations-pick-shopper = Pick a shopper
recommendations-pick-shopper-hint = Choose a shopper above, or start from products of your own choice.
recommendations-add = Add a product
recommendations-add-first = Put a history together
recommendations-add-first-hint = Add products above, oldest first. Each model then recommends what may follow.
recommendations-run = Run
recommendations-baseline = Baseline
recommendations-baselines-only = Baselines only
recommendations-no-run = No run is finished yet, so only the baselines answer. Train a model to compare it here.
recommendations-train = Go to Training
recommendations-k = Length
recommendations-filter = Already met
recommendations-filter-viewed = Leave out
recommendations-filter-hint = Leave out products that the history holds. Keep them where shoppers buy the same again.
recommendations-again = Recommend again
recommendations-export = Export lists (CSV)
recommendations-history = History
recommendations-history-hint = { $shown ->
    [0] What the models start from
   *[other] The newest { $shown } of { $all }, oldest on the left: what the models start from
}
recommendations-history-empty = This shopper has met no product, so models answer with what they know of everybody.
recommendations-earlier = Earlier
recommendations-later = Later
recommendations-remove = Take out
recommendations-picked = Picked
recommendations-add-picked = Add to history
recommendations-see-similar = See what is similar
recommendations-unpick = Unpick
recommendations-score = #{ $rank } · { $score }
recommendations-also = Also: { $lists }
recommendations-latency = in { $time }
recommendations-list-empty = Nothing to say about this history.
