format-arrow = Arrow
format-json = JSON document
format-excel = Workbook
format-recbole = RecBole
format-movielens = MovieLens
format-sequence = Sequences
format-pairs = Pairs
format-baskets = Baskets
format-amazon = Amazon reviews
format-lines = Lines of text
format-periods = Units per period
format-auto = Find out: { $format }
import-format = Layout of { $file }

match-format = by the file's format

import-words = Words of the event column
import-word-count = { $count } of the rows looked at
import-word-for = What “{ $word }” stands for
word-auto = Not known: left out

warning-catalog-conflicts = { $count } values differ between catalogue files; the first file was kept.

report-word = “{ $word }” read as { $event }, { $count } rows
report-word-unknown = “{ $word }” is not known, { $count } rows
