"""The policy monitor: what it does, in six lines.

    config ─► sources.requests ─► fetcher ─► sources.parse ─► changes.decide ─► eventlog
    watchlists ─► matching.match ◄─ views ◄─ projections ◄──────────────────────┤
                        └─► ItemMatched … ─────────────────────────────────────►┤
    composing.compose ◄ views (items · matches · bills · health) ◄───────────────┘
    outputs.render ─► a person

Facts come in, decisions are recorded with their reasons, views are derived and can be dropped and rebuilt.
`pipeline` is the table of contents, `archive` that of who reads; docs/architecture.md walks one item through the rooms.
"""

__version__ = "0.1.0"
