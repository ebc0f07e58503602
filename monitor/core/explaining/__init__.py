"""Why an item matches a subject, or by how much it does not: `tracing` is the door, `traces` are its answers."""
