"""Feeds, in all their formats: bytes in, entries out; `reading` is the door."""
