"""Guesses: header facts found by the names of elements, in messages whose header no layout describes."""

from collections.abc import Collection, Iterator

from schemas.facts import Derived, Fact, First, Join
from schemas.packages.places import Place

DEEPEST = 3
"""Steps below the header in which a fact is looked for."""
_HEADERS = ("nachrichtenkopf", "kopf", "kopfdaten", "header", "nachrichtendaten", "metadaten")
_UUID = frozenset(
    {
        "nachrichtenuuid",
        "nachrichtuuid",
        "nachrichtenid",
        "nachrichtid",
        "eigenenachrichtenid",
        "messageid",
        "messageuuid",
        "uuid",
    }
)
_TIME = frozenset(
    {
        "erstellungszeitpunkt",
        "erstelltdatumzeit",
        "erstellungsdatumzeit",
        "erstellungsdatum",
        "erstellungszeit",
        "erstelltam",
        "zeitstempel",
        "timestamp",
        "creationdatetime",
        "creationdate",
    }
)
_TYPE = frozenset({"nachrichtentyp", "nachrichttyp", "nachrichtenart", "messagetype"})
_LESER = frozenset({"leser", "empfaenger", "reader", "recipient", "receiver"})
_AUTOR = frozenset({"autor", "absender", "sender", "author"})
_KENNUNG = frozenset({"kennung", "behoerdenkennung", "id", "code", "identifikation", "nummer"})
_NAME = frozenset({"name", "bezeichnung", "institution"})


def guess(root: Place) -> dict[str, Fact]:
    """The facts that are found; without an identification, a time and a reader there is no header at all."""
    for head in (*_heads(root), root):
        within = list(_below(head, 1 if head is root else DEEPEST))
        facts = {
            "nachrichten_uuid": or_of_content(_named(within, _UUID)),
            "nachrichtentyp": _value(_named(within, _TYPE)),
            "erstellungszeitpunkt": _value(_named(within, _TIME)),
            "leser_kennung": _partner(_named(within, _LESER)),
            "autor_kennung": _partner(_named(within, _AUTOR)),
        }
        found = {name: fact for name, fact in facts.items() if fact is not None}
        if found.keys() & {"nachrichten_uuid", "erstellungszeitpunkt", "leser_kennung"}:
            return found
    return {}


def _heads(root: Place) -> list[Place]:
    places = [(place, _plain(place)) for place in root.children()]
    return [place for place, name in places if name.startswith(_HEADERS) or name.endswith("header")]


def _below(head: Place, depth: int) -> Iterator[Place]:
    """The places below another, the nearest first."""
    row = [head]
    for _ in range(depth):
        row = [child for place in row for child in place.children()]
        yield from row


def _named(places: list[Place], names: Collection[str]) -> Place | None:
    return next((place for place in places if _plain(place) in names), None)


def _plain(place: Place) -> str:
    name = place.local.casefold().replace("ä", "ae")
    return "".join(letter for letter in name if letter.isalnum())


def or_of_content(place: Place | None) -> Fact | None:
    """An identification, which is made of the content where the schema lets messages leave it out."""
    path = _value(place)
    if path is None or place is None or place.declaration.min_occurs:
        return path
    return First(first=(path, Derived(uuid_of="content")))


def _value(place: Place | None) -> str | None:
    """Where the text is: in the element itself, or in its code."""
    if place is None:
        return None
    return place.first(("code",)) or (None if any(place.children()) else place.path())


def _partner(place: Place | None) -> Fact | None:
    """What identifies a partner: of parts their codes with a colon between them, else the name."""
    if place is None or not any(place.children()):
        return None if place is None else place.path()
    below = list(_below(place, 2))
    praefix, kennung = _value(_named(below, {"praefix"})), _value(_named(below, _KENNUNG))
    inner = None if kennung else _named(below, _KENNUNG)
    if inner is not None:
        kennung = _value(_named(list(inner.children()), _KENNUNG))
    whole: Fact | None = Join(join=(praefix, kennung)) if praefix and kennung else kennung
    name = _value(_named(below, _NAME))
    if whole and name:
        return First(first=(whole, name))
    return whole or name
