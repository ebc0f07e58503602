"""What goes where: planned in the log before it is sent, attempted, and its outcome recorded; one room each.

    planning   which deliveries are due; writes each down with its text
    editions   when files that others fetch are made anew
    sending    tries what is planned, and finds what an earlier process left without an outcome

Only one process delivers at a time, and it holds the log only while it writes: a slow server keeps no poll waiting.
"""
