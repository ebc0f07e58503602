"""What happens, in order: poll, record, watch, tell. One room each.

polling     asks sources in parallel, politely, and hands over what they answered
recording   decides what is new in it and appends that, with the page's validators, in one transaction
watching    brings watchlists into force and matches what is new, or what a changed watchlist has not yet seen
telling     gathers from the views what a digest tells, now or as of another moment
"""
