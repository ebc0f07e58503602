"""What happens, in order: poll, record, watch, gather. One room each.

    visiting    a poll from beginning to end: which sources, what each came to, when the next one is due
    polling     asks sources in parallel, politely, and hands over what they answered
    recording   decides what is new in it and appends that, with the page's validators, in one transaction
    watching    brings watchlists into force and matches what is new, or what a changed watchlist has not yet seen
    gathering   gathers from the views what a digest tells, now or as of another moment

`showing` and `trying` serve commands beside that path. Each step is given a `run`.
"""
