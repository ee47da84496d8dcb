profiles-hint = One shopper at a time: what, when, how much, and what comes next
profiles-pick = Pick a shopper
profiles-pick-hint = Choose one from the list on the left, type a part of an id, or start with the one who did most.
profiles-search = Search shoppers by id
profiles-random = Random shopper
profiles-most-active = Most active
profiles-shown = { $shown } of { $all } shoppers
profiles-col-shopper = Shopper
profiles-col-events = Events
profiles-col-purchases = Bought
profiles-col-spend = Spent
profiles-col-last = Last seen
profiles-recommend = Recommend for this shopper
profiles-find-alike = Find shoppers alike
profiles-span = From { $first } to { $last }
profiles-no-times = The data has an order of events but no times.
profiles-no-events = No events
profiles-no-events-hint = This shopper is in the user file, but the event log holds nothing of them.
profiles-stopped = The profile was not computed
profiles-stopped-hint = It was cancelled. Compute it again, or pick somebody else.
profiles-tile-events = Events
profiles-in-sessions = { $n ->
    [one] in one session
   *[other] in { $n } sessions
}
profiles-tile-recency = Recency
profiles-days = { $days ->
    [one] 1 day
   *[other] { $days } days
}
profiles-recency-rank = fresher than { $share }
profiles-tile-frequency = Purchases
profiles-tile-frequency-events = Frequency (events)
profiles-frequency-rank = above { $share } of others
profiles-tile-monetary = Spent
profiles-monetary-rank = above { $share } of others

profiles-timeline = Timeline
profiles-timeline-description = Stacked bars of { $events } events in { $buckets } stretches of time
profiles-per-day = Events per day (UTC)
profiles-per-week = Events per week, from Monday on (UTC)
profiles-per-month = Events per month (UTC)
profiles-per-year = Events per year (UTC)
profiles-per-order = Events in their order; the data has no times
profiles-no-events-here = No events
profiles-col-from = From

profiles-categories = Categories
profiles-brands = Brands
profiles-shares-hint = Share of interest, and how many times the shop’s own share; the tick is the shop.
profiles-unknown-here = The catalogue does not say it for the products met.
profiles-more = and { $n } more; show as a table for all
profiles-col-name = Name
profiles-col-value = Value
profiles-col-share = Share
profiles-col-shop = Shop
profiles-col-lift = Lift

profiles-price = Price band
profiles-no-prices = No price is known for the products met.
profiles-price-range = Mostly { $low } to { $high } over { $n } events; the figure is the median
profiles-price-in-shop = Dearer than this share of the shop
profiles-price-in-category = Dearer than this share of the same category
profiles-price-budget = Budget
profiles-price-mid = Middle
profiles-price-premium = Premium
profiles-price-low = 10th percentile
profiles-price-median = Median
profiles-price-high = 90th percentile

profiles-keywords = Keywords
profiles-keywords-hint = What titles met and queries typed are about, the strongest first
profiles-no-keywords = No titles and no queries to take words from.
profiles-col-word = Word
profiles-col-weight = Weight

profiles-funnel = Funnel
profiles-funnel-hint = Distinct products. Bars below: rate with its 95 % interval; the tick is the shop.
profiles-funnel-description = From viewed to bought products, with rates and intervals
profiles-viewed = Viewed
profiles-carted = Put into the cart
profiles-purchased = Bought
profiles-view-to-cart = Viewed → cart
profiles-cart-to-purchase = Cart → bought
profiles-view-to-purchase = Viewed → bought
profiles-purchase-to-return = Bought → sent back
profiles-rate-tip = { $label }: { $mean } (95 % interval { $low } to { $high }), { $successes } of { $trials } products; shop { $shop }
profiles-col-step = Step
profiles-col-rate = Rate
profiles-col-low = Low
profiles-col-high = High
profiles-col-of = Products

profiles-next = Next step
profiles-next-hint = What shoppers of this shop do next from where this one stands
profiles-next-event = Next event
profiles-next-category = Next category
profiles-col-probability = Probability
profiles-to-transitions = See all transitions

profiles-alike = Shoppers alike
profiles-alike-hint = Cosine similarity of the products met
profiles-nobody-alike = Nobody else met the same products.
profiles-alike-bar = { $score } · { $common } shared
profiles-to-similarity = See the similarity of all shoppers

profiles-recent = Latest events
profiles-recent-hint = The newest { $shown } of { $all }; a click picks the product everywhere
profiles-col-when = When (UTC)
profiles-col-event = Event
profiles-col-product = Product
profiles-col-amount = Amount
profiles-col-price = Price
profiles-col-text = Text

common-no-shop = No shop is open
common-no-shop-hint = Open the sample shop or your own files first; everything here comes from the shop’s events.
common-go-data = Go to Data
common-compute = Compute
common-simulated = Simulated sample shop
common-simulated-hint = The shoppers are made by a simulator. How well a model does here says nothing about a real shop.
common-state-no-category = (no category)
common-state-other = All others
common-state-start = Start
common-state-exit = Exit
common-reason-popular = No. { $rank } by number of shoppers
common-reason-followed = Shoppers went on to it from “{ $title }” ({ $figure })
common-reason-together = Met together with “{ $title }” (cosine { $figure })
common-reason-text = Near to “{ $title }” in the network (cosine { $figure })
