"""A digest as a person or a program reads it: one telling, five formats.

    Digest ─► telling ─┬─► lines ─► text            plain, for a pipe, a pager, a mail
                       │     └────► terminal        painted, in monitor/outputs/terminal.py; so for the README: demo/picture.py
                       ├─► markdown
                       └─► webpage
    Digest ─► mail_letter (telling) ─► mail         a whole message: mail_subject, mail_text, mail_page
    Digest ─► jsonlines                             everything, in full
    Digest ─► channels (stories) ─► atom, rss, jsonfeed, opml
    Digest ─► deadlines                             what is due, for calendars

`telling` decides what is told in full, what is folded and what is told elsewhere, and makes every word of it safe to
print; a format decides only how it looks. `jsonlines` decides nothing. `channels` and
`deadlines` are for programs that fetch again and again: without news they are the same, byte for byte.
"""
