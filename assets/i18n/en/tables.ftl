data-tab-distributions = Distributions
data-rows-title = Rows
job-table = Filtering and sorting
job-column = Counting a column
job-export = Writing rows
stage-exporting = Writing rows
job-activity = Measuring activity
stage-filtering = Filtering
stage-sorting = Sorting
stage-column = Counting values
stage-distributions = Measuring activity

table-condition = Search or condition
table-condition-hint = Words, or a condition such as price > 10
table-examples = Examples of conditions
table-examples-hint = Type words to search all texts, or a condition. Click an example to begin with it.
table-column-names = Columns: { $names }, and any for all texts
table-operators = = != < <= > >= ~ (contains) !~ in (…) is missing; and, or, not, ( ). A date stands for its whole day, month or year. Names with spaces stand between `backticks`.
table-columns = Columns
table-statistics = Statistics
table-inspected = Column
table-inspect = Column statistics
table-close-statistics = Close the statistics
table-sort-up = Sort upwards
table-sort-down = Sort downwards
table-hide = Hide the column
table-header-hint = Click to sort, Shift-click to add to the sort, right-click for more. In conditions: { $name }
table-export = Copy or save the rows
table-save-csv = Save { $rows } rows as CSV…
table-copy-csv = Copy { $rows } rows as CSV
table-no-rows = No row fits. Change or clear the condition.
table-stopped = Stopped; these rows are from before

table-col-product-id = Product id
table-col-description = Description
table-col-views = Views
table-col-carts = Carts
table-col-returns = Returns
table-col-units = Units
table-col-revenue = Revenue

table-rows = Rows
table-missing = Missing
table-distinct = Different values
table-p95 = 95 %
table-deviation = Std. deviation
table-log-values = Log scale
table-top-values = Most frequent values

table-error = Character { $position }: { $problem }
table-error-ended = { $expected } is missing at the end
table-error-unexpected = expected { $expected }, found { $found }
table-error-unclosed = a quote is never closed
table-error-sign = { $found } is no sign of comparison
table-error-deep = too many parentheses within each other
table-error-column = there is no column { $name }. Columns: { $known }
table-error-text = { $column } holds texts, which { $sign } does not compare. Use =, !=, ~, !~, in or is missing
table-error-numbers = { $column } holds numbers, which { $sign } does not compare. Use =, !=, <, <=, >, >=, in or is missing
table-error-date = { $column } is compared with a date such as 2024-01-05, found { $found }
table-error-number = { $column } is compared with a number, found { $found }
table-expected-column = the name of a column
table-expected-operator = a comparison such as =, >, ~, in or is missing
table-expected-value = a value
table-expected-open = an opening parenthesis
table-expected-comma = a comma or a closing parenthesis
table-expected-missing = missing or not missing
table-expected-in = in
table-expected-close = and, or or a closing parenthesis
table-expected-end = and or or

dist-table = Table
dist-of = Distribution of { $column }
dist-log-counts = Counts on a log scale
dist-from = From
dist-to = Up to
dist-value = Value
dist-nothing = No row has a value in this column.
dist-bin = { $low } – { $high }: { $count } rows ({ $share })
dist-counts = { $values } values, { $distinct } different, { $missing } missing
dist-rule-fd = { $bins } bins after Freedman and Diaconis
dist-rule-sturges = { $bins } bins after Sturges
dist-rule-whole = { $bins } bins of whole numbers
dist-rule-capped = { $bins } bins, the most that are drawn
dist-rule-single = all values are equal
dist-left-out = { $values } values of 0 or less are not on a log scale
dist-top = the { $values } most frequent are shown
dist-per-shopper = Events per shopper by rank
dist-per-product = Events per product by rank
dist-concentration = The first 1 % have { $one } of all events, the first 10 % { $ten }; Gini { $gini }, median { $median }. Log scales.
dist-rank = Rank
dist-rank-value = Rank { $rank }: { $events } events
dist-gaps = Time between events
dist-gaps-hint = { $pairs } pairs of neighbouring events of a shopper, { $zeros } of them at the same moment and not drawn; median { $median }, 95 % within { $p95 }. Log scale.
