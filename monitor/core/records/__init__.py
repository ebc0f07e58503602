"""What publishers' records say, one room a kind of record, for all the sources that show it."""
