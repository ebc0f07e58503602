"""What is doubtful in watchlists: `findings` is the door.

`slips` and `miswritten` are of single terms, `shadows` of terms that others make idle; `tallies` judges terms by what they did over the log.
"""
