"""Values in, values out: no network, no disk, no database, no clock."""
