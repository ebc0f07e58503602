"""Why an item matches a subject, or by how much it does not: `tracing` is the door, `traces` are its answers.

`probing` asks the matcher. `near_misses` and `near_citations` say what came nearest (`resemblance`: whether
words are like a phrase), `neighbours` how near the words of
near stand, `relatives` who else watches the same words.
"""
