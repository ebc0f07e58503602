"""Output kinds, one file each: where a digest goes. The file's name is the kind."""
