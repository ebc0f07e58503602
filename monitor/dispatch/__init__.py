"""What goes where: planned in the log before it is sent, attempted, and its outcome recorded.

`planning` decides what is due and writes it down, with its text. `sending` tries what is planned, and finds what an
earlier process left without an outcome. Whoever holds the log to write is the only one who sends.
"""
