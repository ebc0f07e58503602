"""Feeds, in all their formats: bytes in, entries out; `reading` is the door.

`elements` is the fast way through a feed, with `entry_elements` for one entry and `names` for what elements are called;
`entries` are what comes out, `facts` what a feed says of itself.
"""
