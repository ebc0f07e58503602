"""Watchlists against documents: `matcher` is the door.

`glancing` looks over many documents at once for all literals (`scanning`); `recognition` looks closer, one term in one
document, with `approximate` for typing errors, where `prospects` does not rule them out, `citing` for documents named,
and `han` for the forms of Chinese characters.
"""
