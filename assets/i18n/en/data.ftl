data-tabs = Parts of the data
data-tab-overview = Overview
data-tab-events = Events
data-tab-products = Products
data-tab-shoppers = Shoppers
data-tab-report = Load report

data-shoppers = Shoppers
data-products = Products
data-events = Events
data-span = Time span
data-rejected = Rows left out
data-days = { $days ->
    [one] 1 day
   *[other] { $days } days
}
data-median-events = { $events } events each (median)
data-with-text = { $items } with a title
data-density = { $share } of all pairs met
data-of-rows = of { $rows } rows read
data-no-times = The files have no times, only an order.

data-mix = Event mix
data-mix-hint = What shoppers do
data-series = Events over time
data-series-daily = Per day, UTC
data-series-weekly = Per week from Monday, UTC
data-series-description = Lines of the number of events of each kind over time
data-categories = Categories
data-categories-hint = By number of events
data-no-categories = The catalogue names no categories.
data-top-products = Top products
data-top-products-hint = By number of events
data-activity = Activity
data-activity-hint = Events per shopper and per product that has any
data-per-shopper = Events per shopper
data-per-product = Events per product
data-min = Least
data-p25 = 25 %
data-median = Median
data-p75 = 75 %
data-p90 = 90 %
data-max = Most
data-mean = Mean

data-rows = { $rows } rows
data-rows-of = { $shown } of { $rows } rows
data-original-order = Original order

data-col-time = Time
data-col-shopper = Shopper
data-col-event = Event
data-col-product = Product
data-col-amount = Amount
data-col-price = Price
data-col-text = Text
data-col-id = Id
data-col-category = Category
data-col-brand = Brand
data-col-stock = Stock
data-col-events = Events
data-col-shoppers = Shoppers
data-col-products = Products
data-col-bought = Bought
data-col-conversion = Conversion
data-col-stars = Stars
data-col-spend = Spent
data-col-top-category = Top category
data-col-first = First event
data-col-last = Last event
data-col-from = From
data-col-name = Name

report-none = No load report
report-none-hint = This project was written without one. Import the files again to get it.
report-files = Files
report-rows-read = Rows read
report-rows-kept = Rows kept
report-rows-rejected = Rows left out
report-counts = { $read } rows read, { $kept } kept, { $rejected } left out
report-rejected = { $count } rows: { $reason }
report-line = Line { $line }
report-col-field = Meaning
report-col-column = Column
report-col-reason = Recognised
report-unused = Columns not used: { $columns }
report-examples = For example: { $examples }

reject-ragged-row = another number of values than the header
reject-unclosed-quote = a quote that is never closed
reject-bad-json = not a JSON object
reject-no-user = no shopper
reject-no-item = no product
reject-no-time = no time
reject-bad-time = a time that cannot be read
reject-bad-number = a number that cannot be read
reject-unknown-event = an unknown word for the event
reject-duplicate-id = an id that an earlier row already has

warning-rejected-rows = { $count } rows could not be used and were left out.
warning-unknown-products = { $count } events are of products that the catalogue lacks; they were kept.
warning-unknown-users = { $count } events are of shoppers that the shoppers file lacks; they were kept.
warning-duplicate-events = { $count } events equal another one in every value; they were kept.
warning-encoding = { $count } files are not in UTF-8 and were converted.
warning-ambiguous-dates = { $count } dates such as 3/4/2020 could be read month first or day first. Check the time span.
warning-no-times = There are no times; rows count in the order of the file.
warning-unreadable-numbers = { $count } prices or stocks are no numbers; those products were kept without them.
warning-catalog-from-events = { $count } products were put together from columns of the events.
