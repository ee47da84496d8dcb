warning-personal-data = { $count ->
    [one] 1 text seems
   *[other] { $count } texts seem
} to hold an e-mail address or a phone, card or account number. Import with masking to replace them.
stage-privacy = Applying the privacy policy
stage-provenance = Recording where the data come from
