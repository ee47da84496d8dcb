import-title = Import files
import-hint = Check what each file holds and which column means what
import-start = Import
import-cancel = Cancel
import-name = Name of the shop
import-project = Project folder
import-project-hint = The project holds the imported data, runs and models. Your files are only read.
import-role = What { $file } holds
import-left-out = This file is left out.
import-missing = No column was found for: { $fields }. Choose one below.
import-column-for = Column for { $field }
import-problem-nothing = Choose at least one file of events or one catalogue.
import-problem-columns = A required column is missing; choose it below, or leave the file out.
import-problem-folder = Type a folder for the project.

role-events = Events
role-catalog = Catalogue
role-users = Shoppers
role-none = Leave out

format-delimited = Delimited
format-json-lines = JSON lines
format-parquet = Parquet
delimiter-tab = tab

column-auto = Recognise
column-none = Not used
column-row = Row number
column-always = Always: { $event }

match-chosen = chosen by you
match-name = by its name
match-name-and-values = by its name; { $fitting } of { $sampled } values fit
match-name-despite-values = by its name, although only { $fitting } of { $sampled } values fit
match-values = by its values: { $fitting } of { $sampled } fit

field-user = Shopper
field-item = Product
field-time = Time
field-event = Event
field-quantity = Quantity
field-price = Unit price
field-total = Line total
field-rating = Stars
field-query = Search query
field-review = Review text
field-order = Order number
field-title = Title
field-description = Description
field-category = Category
field-brand = Brand
field-stock = Stock
field-picture = Picture
