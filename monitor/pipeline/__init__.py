"""What happens, in order; one room each. Every step is given a `run`.

A poll:

    visiting    from beginning to end: which sources, what each came to
    visits      one source's poll while it goes on, and what it asks; `unfinished` keeps what a poll left of one
    polling     asks in parallel and hands the answers over: `frontier` says whose turn it is, `asking` reads one page
    recording   appends an answer with its page's validators, in one transaction: `taking` takes it finding by finding,
                `identifying` knows renamed entries again; `answers` are what passes between
    watching    brings watchlists into force and matches what they have not yet seen
    completing  fills what may have been missed, or says so; `listings` remember what each window and list showed
    settling    keeps what is shown now, withdraws what a complete list lost twice
    accounting  what changed about the source itself, and when it is due again

Without the log: `rehearsing` (a poll on a copy), `trying` (watchlists on items of a file; `sharing` among processes).
"""
