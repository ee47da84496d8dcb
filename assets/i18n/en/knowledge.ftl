catalogue-title = What the catalogue knows
catalogue-hint = The catalogue’s facts as the settings above read them, learned as a graph (TransE) to look at. Behaviour plays no part, and nothing is kept: a training learns them anew.
catalogue-unused = Trainings leave this knowledge out as it is set now; what follows is what a graph would hold.
catalogue-learn = Learn the facts
catalogue-learn-hint = Takes seconds, longer for large catalogues; can be cancelled.
catalogue-stale = Learned with other settings than those above. Learn the facts again.
catalogue-counts = { $products } of { $all } products have facts: { $entities } entities, { $facts } facts, { $rules } of them from rules alone.
catalogue-relation-category = Category
catalogue-relation-parent = Category above
catalogue-relation-brand = Brand
catalogue-relation-price = Price band
catalogue-more-relations = And { $relations ->
        [one] one more relation
       *[other] { $relations } more relations
    } with { $facts } facts

catalogue-gap-categories = No product has a category. Name that column when importing, or give labels as an attribute.
catalogue-gap-brands = No product has a brand. Name that column when importing, or leave brands out of what you expect.
catalogue-gap-prices = Price bands are set, but no product has a price.
catalogue-gap-attribute = No product of this shop has a value in the column “{ $column }” of the table of attributes.
catalogue-gap-no-rules = The file of rules holds no rule.
catalogue-gap-idle-rules = { $rules ->
        [one] One rule speaks
       *[other] { $rules } rules speak
    } of no product.

catalogue-examples = Examples of facts
catalogue-fact-category = { $head } is in { $tail }
catalogue-fact-parent = { $head } lies below { $tail }
catalogue-fact-brand = { $head } is of the brand { $tail }
catalogue-fact-price = { $head } costs { $tail }
catalogue-fact-attribute = { $head } has { $attribute }: { $tail }
catalogue-fact-other = { $head } { $relation } { $tail }

catalogue-links = Told facts that were held out
catalogue-no-links = Too few facts to hold any out.
catalogue-links-better = For { $vectors } of them the vectors have the right end among the best ten; the most frequent ends alone, { $popularity }.
catalogue-links-no-better = The vectors are no better than the most frequent ends: { $vectors } of the right ends are among the best ten, against { $popularity }.
catalogue-links-by = By
catalogue-links-hits = Hits@10
catalogue-links-rank = Mean rank
catalogue-links-vectors = Vectors
catalogue-links-popularity = Popularity
catalogue-links-protocol = { $held ->
        [one] One fact whose two ends and relation occur in others was left out
       *[other] { $held } facts whose two ends and relation occur in others were left out
    }, and vectors learned anew with seed { $seed } and the settings above. Each right end stands among all { $entities } entities; other true ends are left out, ties count against it. Popularity ranks ends by how often the relation leads to them in the facts learned from. No interval: one draw of facts, one seed.

catalogue-rules = Your rules
catalogue-rules-summary = { $rules } lines, { $added } of them new facts. Products are those at the two ends of a rule: itself, of the brand, in the category or below it, with the value.
catalogue-rules-line = Line
catalogue-rules-rule = Rule
catalogue-rules-products = Products
catalogue-rules-counts = { $head } → { $tail }

catalogue-near = Nearest by the graph
catalogue-pick = Product
catalogue-pick-hint = Title or id
catalogue-pick-none = Choose a product
catalogue-pick-first = Choose a product to see which are nearest by the vectors, and what they share.
catalogue-unknown-product = Nothing is known of this product but its place in the catalogue, so it has no vector.
catalogue-cosine = cosine { $cosine }
catalogue-shared-category = category { $entity }
catalogue-shared-parent = below { $entity }
catalogue-shared-brand = brand { $entity }
catalogue-shared-price = price { $entity }
catalogue-shared-attribute = { $attribute } { $entity }
catalogue-shared-to = both { $relation } { $entity }
catalogue-shared-from = { $entity } { $relation } both
catalogue-shared-below = both under { $entity }
catalogue-shared-nothing = No fact in common
