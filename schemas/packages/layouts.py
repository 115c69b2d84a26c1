"""Layouts: where the header facts of a standard sit, recognised in its compiled schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xmlschema

from schemas.facts import Derived, Fact, First, Fixed, Join, OfRoot
from schemas.packages.guesses import guess, or_of_content
from schemas.packages.places import Names, Place

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
NOBODY = Fixed(fixed="ags:99999999")
"""An unknown place: a message for it is routed nowhere."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Header facts by their names in `bundle.toml`, with the prefixes that their paths use."""

    name: str
    facts: Mapping[str, Fact]
    prefixes: Mapping[str, str]
    placeholders: tuple[str, ...] = ()
    """Facts that the messages do not have, or not where anybody would look."""
    without: tuple[str, ...] = ()
    """Roots that have another header, or none."""
    versions: tuple[str, ...] = ()
    """The versions that the schema demands of the messages themselves, where it demands one."""


def recognise(schema: xmlschema.XMLSchemaBase, roots: Sequence[str]) -> Layout:
    """The header of the messages with these root elements (`{namespace}name`)."""
    names = Names()
    found: dict[str, tuple[str, dict[str, Fact]]] = {}
    versions: dict[str, None] = {}
    for root in roots:
        element = Place(schema.maps.elements[root], (), names)
        header = _header(element, root)
        if header is not None:
            name, facts, version = header
            found[root] = name, facts
            versions |= dict.fromkeys(version)
    if not found:
        return _guessed([Place(schema.maps.elements[root], (), names) for root in roots], names)
    kinds = [name for name, _ in found.values()]
    merged = _merge([facts for _, facts in found.values()])
    without = tuple(root for root in roots if root not in found)
    name = max(kinds, key=kinds.count)
    return Layout(name, merged, names.prefixes, without=without, versions=tuple(versions))


def _guessed(roots: Sequence[Place], names: Names) -> Layout:
    """What can be told by the names of elements; the rest is made up until a person says where it is."""
    found = [facts for root in roots if (facts := guess(root))]
    merged = _merge(found)
    versions: dict[str, None] = {}
    for root in roots:
        versions |= dict.fromkeys(_version_fact(merged, root, root))
    if any(root.attribute("test") is not None for root in roots):
        merged["test"] = "@test"
    return Layout(
        "guessed" if found else "none",
        _nothing() | merged,
        names.prefixes,
        placeholders=tuple(name for name in _nothing() if name not in merged and name != "nachrichtentyp"),
        versions=tuple(versions),
    )


def _header(root: Place, name: str) -> tuple[str, dict[str, Fact], list[str]] | None:
    if name.startswith((f"{{{UBL}", f"{{{CII}}}")):
        facts = _ubl(root) if name.startswith(f"{{{UBL}") else _cii(root)
        return ("xrechnung", facts, []) if facts else None
    facts = {}
    for head in root.children():
        if head.local.startswith("nachrichtenkopf"):
            layout, facts = (
                ("xjustiz", _xjustiz(head)) if head.at("auswahl_absender") else ("xoev", _xoev(head))
            )
        elif head.local == "Kopf":
            layout, facts = "xdomea", _xdomea(head)
        if facts:
            version = _version_fact(facts, root, head)
            if root.attribute("test") is not None:
                facts["test"] = "@test"
            return layout, facts, version
    return None


def _xoev(head: Place) -> dict[str, Fact]:
    """g2g in any namespaces, and the older header with a behoerdenkennung."""
    identification = "identifikation.nachricht"
    return _complete(
        {
            "nachrichten_uuid": head.first((identification, "nachrichtenUUID")),
            "nachrichtentyp": head.first(
                (identification, "nachrichtentyp", "code"), (identification, "nachrichtentyp")
            ),
            "erstellungszeitpunkt": head.first((identification, "erstellungszeitpunkt")),
            "leser_kennung": _kennung(head, "leser"),
            "leser_verzeichnisdienst": head.first(("leser", "verzeichnisdienst", "code")),
            "autor_kennung": _kennung(head, "autor"),
            "autor_verzeichnisdienst": head.first(("autor", "verzeichnisdienst", "code")),
        }
    )


def _kennung(head: Place, role: str) -> Fact | None:
    plain = head.first((role, "kennung", "code"), (role, "kennung"))
    return plain or _behoerdenkennung(head, (role, "behoerdenkennung"), "praefix", "kennung")


def _behoerdenkennung(head: Place, to: tuple[str, ...], praefix: str, kennung: str) -> Fact | None:
    parts = (
        head.first((*to, praefix, "code"), (*to, praefix)),
        head.first((*to, kennung, "code"), (*to, kennung)),
    )
    return Join(join=tuple(each for each in parts if each)) if all(parts) else None


def _xjustiz(head: Place) -> dict[str, Fact]:
    return _complete(
        {
            "nachrichten_uuid": or_of_content(head.at("eigeneNachrichtenID")),
            "nachrichtentyp": OfRoot(of_root="number"),
            "erstellungszeitpunkt": head.first(("erstellungszeitpunkt",)),
            "leser_kennung": _choice(head, "auswahl_empfaenger"),
            "autor_kennung": _choice(head, "auswahl_absender"),
        }
    )


def _choice(head: Place, name: str) -> Fact | None:
    """Whichever child was chosen: its code, or its text."""
    path = head.first((name,))
    return None if path is None else First(first=(f"{path}/*/*[local-name() = 'code']", f"{path}/*"))


def _xdomea(head: Place) -> dict[str, Fact]:
    def partner(role: str) -> Fact | None:
        kennung = _behoerdenkennung(head, (role, "Behoerdenkennung"), "Praefix", "Kennung")
        name = head.first((role, "Institution", "Kurzbezeichnung")), head.first((role, "Institution", "Name"))
        ways = [each for each in (kennung, *name) if each]
        return First(first=tuple(ways)) if len(ways) > 1 else next(iter(ways), None)

    return _complete(
        {
            "nachrichten_uuid": head.first(("ProzessID",)),
            "nachrichtentyp": head.first(("Nachrichtentyp", "code"), ("Nachrichtentyp",)),
            "erstellungszeitpunkt": head.first(("Erstellungszeitpunkt",)),
            "leser_kennung": partner("Empfaenger"),
            "autor_kennung": partner("Absender"),
        }
    )


def _ubl(root: Place) -> dict[str, Fact]:
    """XRechnung in UBL: BT-10, BT-1 and the seller's identifiers BT-31, BT-29, BT-34."""
    party = ("AccountingSupplierParty", "Party")
    tax = root.first((*party, "PartyTaxScheme", "CompanyID"))
    other = root.first((*party, "PartyIdentification", "ID"))
    address = root.first((*party, "EndpointID"))
    number, day = root.first(("ID",)), root.first(("IssueDate",))
    return _invoice(root.first(("BuyerReference",)), number, day, (tax, other, address))


def _cii(root: Place) -> dict[str, Fact]:
    """XRechnung in CII, the same terms."""
    agreement = ("SupplyChainTradeTransaction", "ApplicableHeaderTradeAgreement")
    seller = (*agreement, "SellerTradeParty")
    tax = root.first((*seller, "SpecifiedTaxRegistration", "ID"))
    other = root.first((*seller, "ID"))
    address = root.first((*seller, "URIUniversalCommunication", "URIID"))
    number = root.first(("ExchangedDocument", "ID"))
    day = root.first(("ExchangedDocument", "IssueDateTime", "DateTimeString"))
    return _invoice(root.first((*agreement, "BuyerReference")), number, day, (tax, other, address))


def _invoice(
    buyer: str | None, number: str | None, day: str | None, seller: tuple[str | None, str | None, str | None]
) -> dict[str, Fact]:
    named = zip(("'steuer'", "'verkaeufer'", "'adresse'"), seller, strict=True)
    ways = [Join(join=(kind, path)) for kind, path in named if path]
    if not (buyer and number and day and ways):
        return {}
    author: Fact = First(first=tuple(ways)) if len(ways) > 1 else ways[0]
    return {
        "nachrichten_uuid": Derived(uuid_of=(OfRoot(of_root="name"), author, number)),
        "nachrichtentyp": OfRoot(of_root="name"),
        "erstellungszeitpunkt": day,
        "leser_kennung": Join(join=("'leitweg'", buyer)),
        "autor_kennung": author,
    }


def _nothing() -> dict[str, Fact]:
    """What stands in for facts of which nobody knows where they are."""
    return {
        "nachrichten_uuid": Derived(uuid_of="content"),
        "nachrichtentyp": First(first=(OfRoot(of_root="number"), OfRoot(of_root="name"))),
        "erstellungszeitpunkt": Fixed(fixed="-"),
        "leser_kennung": NOBODY,
        "autor_kennung": NOBODY,
    }


def _complete(facts: Mapping[str, Fact | None]) -> dict[str, Fact]:
    """The facts that there are; nothing where one is missing that every message must have."""
    found = {name: fact for name, fact in facts.items() if fact is not None}
    needed = {name for name in facts if not name.endswith("verzeichnisdienst")}
    return found if needed <= found.keys() else {}


def _version_fact(facts: dict[str, Fact], root: Place, head: Place) -> list[str]:
    """Note where a message says its version, where the schema demands a certain one."""
    for place, name in ((root, "version"), (head, "xjustizVersion")):
        fixed = place.attribute(name)
        if fixed:
            facts["version"] = f"{place.path()}/@{name}" if place.steps else f"@{name}"
            return [fixed]
    return []


def _merge(headers: Sequence[Mapping[str, Fact]]) -> dict[str, Fact]:
    """One set of facts for all messages: where they keep one in different places, each is tried."""
    merged: dict[str, Fact] = {}
    for name in dict.fromkeys(name for facts in headers for name in facts):
        ways = list(dict.fromkeys(facts[name] for facts in headers if name in facts))
        if len(ways) == 1:
            merged[name] = ways[0]
        elif name in {"test", "version"}:
            merged[name] = " | ".join(str(each) for each in ways)
        else:
            merged[name] = First(first=tuple(ways))
    return merged
