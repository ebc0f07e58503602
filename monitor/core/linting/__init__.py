"""What is doubtful in watchlists: `findings` is the door; `tallies` judges terms by what they did over the log."""
