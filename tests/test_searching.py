"""Words that a person seeks are found where they stand as words, in any case and any script."""

from __future__ import annotations

import pytest
from test_projections import append

from monitor import projections
from monitor.core.events import ItemPublished
from monitor.core.searching import Sought
from monitor.database import in_memory
from monitor.eventlog import EventLog
from monitor.projections import items


@pytest.mark.parametrize(
    ("query", "text", "is_found"),
    [
        ("6G", "A 6G testbed", True),
        ("6g", "towards 6G.", True),
        ("6G", "the 26GHz band", False),
        ("6G", "面向6G网络", True),
        ("6G", "６Ｇ networks", True),
        ("Wireless", "wirelessly", False),
        ("telecom", "telecommunications", False),
        ("telecom*", "telecommunications", True),
        ("com*", "telecommunications", False),
        ("hr-1060", "bill:117-hr-1060", True),
        ("1060", "bill:117-hr-10601", False),
        ("100%", "100% of it", True),
        ("5g_core", "a 5G core", False),
        ("总务", "総務省", True),
        ("總務省", "总务省的频谱", True),
        ("総務", "総合", False),
        ("résumé", "A Résumé of it", True),
        ("reseaux", "les réseaux", True),
        ("réseaux", "les reseaux", True),
        ("chips and science", "CHIPS & Science Act", True),
        ("chips & science", "the CHIPS and Science Act", True),
        ("chips & science", "science for chips, handy", False),
        ("R&D", "R & D funding", True),
        ("R & D", "R&D funding", True),
        ("AT&T", "AT & Tower", False),
        ("next alliance", "Next G Alliance", True),
        ("next vines", "Next G Alliance", False),
        ("", "anything", True),
        ("*", "anything", True),
        (".*", "anything", False),
    ],
)
def test_a_word_is_found_where_it_stands_as_a_word(query: str, text: str, is_found: bool) -> None:
    assert Sought(query).stands_in(["", text]) == is_found


def test_the_words_may_stand_in_different_texts() -> None:
    assert Sought("palau ran").stands_in(["Open RAN", "in Palau"])


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("6G", ["d", "a"]),
        ("总务", ["c"]),
        ("telecom*", ["c", "b"]),
        ("reseaux", ["d"]),
        ("réseaux and 6G", ["d"]),
    ],
)
def test_the_log_is_searched_so(query: str, keys: list[str]) -> None:
    log = EventLog(in_memory())
    for key, title, summary in (
        ("a", "6G", ""),
        ("b", "26GHz", "Telecommunications"),
        ("c", "総務省", "telecom policy"),
        ("d", "Réseaux & ６Ｇ", ""),
    ):
        event = ItemPublished(key=key, source="s", origin="live", kind="news", title=title, summary=summary)
        append(log, event)
    projections.catch_up(log.database, log)
    found = items.search(log.database.conn, query, source="", limit=5)
    assert [item.key for item in found] == keys
