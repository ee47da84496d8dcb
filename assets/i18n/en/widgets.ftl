figure-menu = Menu of { $figure }
figure-show-table = Show as a table
figure-show-chart = Show as a figure
figure-copy-csv = Copy as CSV
figure-save-csv = Save as CSV…
figure-save-png = Save as PNG…
figure-save-svg = Save as SVG…
heatmap-no-value = No value

progress-cancel = Cancel
progress-cancelling = Stopping…
progress-waiting = Waiting
progress-rate = { $rate } per second
progress-left = { $time } left
progress-elapsed = for { $time }

picker-searching = Searching…
picker-nothing = Nothing found
