"""The log as people read it, mark it and trust it; one room each. Nothing here asks a source.

Reading:

    gathering      what a digest tells, now or as of another moment; `retelling` says when a reader was last told
    activity       what each subject recognised in the last month
    owing          what an output is owed, and has not been told
    source_states  how each source is, and `output_states` how each output; `metrics` says it to other programs
    showing        items and one item's history; `collating` compares its full texts
    following      events of the log, as they come
    exporting      events and views, for other programs

Watchlists over the log:

    explaining     why an item matches a subject, or does not
    backtesting    edited watchlists beside those in force
    linting        what each term did
    revising       every text that a list had, and what it did; which items come near a subject's terms
    suggesting     terms that an item offers

Marking: `judging` (a reader's verdict), `erasing` (a full text). Trusting: `verifying` with `comparing`,
`diagnosing` and `kept_texts`.
"""
