warning-changed-file = { $count ->
    [one] One file
   *[other] { $count } files
} changed while the import ran. What was written since then is not in the data; import again once it is complete.
warning-personal-data = { $count ->
    [one] 1 text seems
   *[other] { $count } texts seem
} to hold an e-mail address or a phone, card or account number. Import with masking to replace them.
stage-privacy = Applying the privacy policy
stage-provenance = Recording where the data come from

presenter-on = Presenter mode
presenter-shopper = Shopper #
presenter-hidden = Hidden in presenter mode
presenter-hidden-hint = Ids of shoppers, rows as they are in the files and free text are not shown to an audience.
action-toggle-presenter = Presenter mode on or off

privacy-small-group = { $column }: hidden
privacy-small-group-hint = Fewer than { $k } shoppers have this value.
privacy-place-events = queries and reviews
privacy-place-titles = product names
privacy-place-descriptions = product descriptions
privacy-kind-email = E-mail addresses
privacy-kind-phone = Phone numbers
privacy-kind-card = Card numbers
privacy-kind-iban = Bank accounts
privacy-finding = { $kind } in { $rows } rows of { $place }, kept as they are ({ $examples })
privacy-finding-masked = { $kind } in { $rows } rows of { $place } were replaced by what they are ({ $examples })

data-tab-provenance = Provenance
provenance-none = Nothing was recorded
provenance-none-hint = This project was imported before provenance was kept. Import the files again to record it.
provenance-import = Import
provenance-import-hint = When, by which version, and the fingerprint of the data
provenance-imported-at = Imported (UTC)
provenance-version = Program
provenance-revision = Data revision
provenance-copy = Copy files as CSV
provenance-file = File
provenance-size = Size
provenance-bytes = { $bytes } bytes
provenance-hash = BLAKE3
provenance-modified = Last changed (UTC)
provenance-read-at = Read (UTC)
provenance-rows = Rows
provenance-rows-words = { $read } read, { $kept } kept
provenance-mapping = Columns
provenance-unknown = unknown
provenance-changed = The file was changed while it was imported, so that its hash may not be that of the rows read. Import it again.
provenance-privacy = Privacy
provenance-privacy-hint = What was done to the data before they were stored
provenance-nothing = nothing
provenance-ids = Shopper ids
provenance-pseudonyms = pseudonyms, made with the key { $key }
provenance-clear-ids = as in the files
provenance-dropped = Columns left out
provenance-coarser = Made coarser
provenance-coarser-column = { $column } by { $rule } ({ $before } → { $after } values)
provenance-groups = Small groups
provenance-groups-words = { $below } of { $all } combinations of attributes are shared by fewer than { $k } shoppers ({ $shoppers } shoppers); the rarest by { $smallest }

import-privacy = Privacy
import-privacy-hint = Done before anything is stored; your files stay as they are
import-pseudonymise = Replace shopper ids by pseudonyms
import-pseudonymise-hint = A keyed hash; the key is kept with your settings, apart from the project, so that later imports join up.
import-mask-text = Replace e-mail addresses, phone, card and account numbers in texts
import-drop-columns = Columns to leave out
import-generalise = Columns to make coarser
import-generalise-example = age=bands:10, postcode=prefix:2, time=week
import-min-group-size = Hide groups of fewer shoppers than
import-problem-privacy = A rule under Privacy cannot be read.
