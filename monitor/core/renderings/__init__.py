"""A digest as a person or a program reads it: one telling, five formats.

    Digest ─► telling ─┬─► lines ─► text            plain, for a pipe, a pager, a mail
                       │     └────► terminal        painted, in monitor/outputs/terminal.py
                       ├─► markdown
                       └─► webpage
    Digest ─► jsonlines                             everything, in full

`telling` decides what is told in full, what is folded and what is told elsewhere, and makes every word of it safe to
print; a format decides only how it looks. `jsonlines` decides nothing.
"""
