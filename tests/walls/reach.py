"""The written list of whose rows each role reaches, and what it may read at all.

Hand-written on purpose, as `routes.py` is.
"""

from __future__ import annotations

_CITY = frozenset({"own", "child"})
_WEST = _CITY | {"sibling"}
_ALL = _WEST | {"other"}

#: An office's own things, which its province sees.
_OWN_OFFICES: dict[str, frozenset[str]] = {
    **dict.fromkeys(["operator", "head"], _CITY),
    "neighbour": frozenset({"sibling"}),
    "province_officer": _WEST,
    "other_province_officer": frozenset({"other"}),
}

#: Whose rows each role reaches: kind of thing -> role -> places.
REACH: dict[str, dict[str, frozenset[str]]] = {
    "people": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        "province_officer": _WEST,
        "other_province_officer": frozenset({"other"}),
        "village_verifier": frozenset({"own"}),
    },
    "event": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        **dict.fromkeys(["province_officer", "api_client"], _WEST),
        "other_province_officer": frozenset({"other"}),
        "nation_viewer": _ALL,
    },
    "staff": {"head": _CITY, "administrator": _ALL | {"parent"}},
    "region": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        **dict.fromkeys(["province_officer", "api_client"], _WEST | {"parent"}),
        "other_province_officer": frozenset({"other"}),
        **dict.fromkeys(["nation_viewer", "administrator"], _ALL | {"parent"}),
    },
    "opening": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        **dict.fromkeys(["province_officer", "api_client"], _WEST),
        "other_province_officer": frozenset({"other"}),
        **dict.fromkeys(["nation_viewer", "administrator"], _ALL),
    },
    #: Sheets of an office's stock name who signs them.
    "stock": _OWN_OFFICES,
    #: A proposal about the head of an office.
    "proposal": {
        "head": _CITY,
        "administrator": _ALL,
        "province_officer": _WEST,
        "other_province_officer": frozenset({"other"}),
    },
    "incident": _OWN_OFFICES,
    "plan": _OWN_OFFICES,
    "alert": _OWN_OFFICES,
    "breach": {
        "head": _CITY,
        "province_officer": _WEST,
        "other_province_officer": frozenset({"other"}),
        "administrator": _ALL,
    },
    "device": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        **dict.fromkeys(["province_officer", "api_client"], _WEST),
        "other_province_officer": frozenset({"other"}),
        "nation_viewer": _ALL,
    },
    "venue": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        "province_officer": _WEST,
        "other_province_officer": frozenset({"other"}),
    },
    #: People of a register are its office's; a province has its reports.
    "burial": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
    },
    "burial report": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        "province_officer": _WEST,
        "other_province_officer": frozenset({"other"}),
    },
    #: Of the own office; its heads see each other's.
    "import": {"head": _CITY},
    #: Only who asked for a file fetches it.
    "export": {"head": frozenset({"own", "child"})},
    "file": {"head": frozenset({"own"})},
    #: Nobody but its author sees the preview of a list.
    "draft": {"operator": frozenset({"own"})},
    "webhook": {"api_client": frozenset({"own"})},
    #: Of a regency; whoever reads its figures reads it.
    "edition": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        **dict.fromkeys(["province_officer", "api_client"], _WEST),
        "other_province_officer": frozenset({"other"}),
        **dict.fromkeys(["nation_viewer", "administrator"], _ALL),
    },
}

#: What each role may read at all, anywhere: kind of canary -> places. Everything else is a leak.
READS: dict[str, dict[str, frozenset[str]]] = {
    "people": REACH["people"],
    "event": REACH["event"],
    "staff": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
        "administrator": _ALL | {"parent"},
        "province_officer": _WEST | {"parent"},
        "other_province_officer": frozenset({"other"}),
    },
    "number": {
        **dict.fromkeys(["operator", "head"], _CITY),
        "neighbour": frozenset({"sibling"}),
    },
}
