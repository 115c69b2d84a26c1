"""Layouts: where the header facts of a standard sit, recognised in its compiled schema."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xmlschema
from xmlschema.validators import XsdElement, XsdGroup

from schemas.facts import Derived, Fact, First, Fixed, Join, OfRoot

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
    without: tuple[str, ...] = ()
    """Roots that have another header, or none."""
    versions: tuple[str, ...] = ()
    """The versions that the schema demands of the messages themselves, where it demands one."""


@dataclass
class _Names:
    """Writes qualified names with prefixes of its own."""

    prefixes: dict[str, str] = field(default_factory=dict)

    def path(self, steps: Sequence[str]) -> str:
        return "/".join(self._step(each) for each in steps)

    def _step(self, name: str) -> str:
        if not name.startswith("{"):
            return name
        namespace, _, local = name[1:].partition("}")
        prefix = next((key for key, value in self.prefixes.items() if value == namespace), None)
        if prefix is None:
            prefix = f"n{len(self.prefixes) + 1}"
            self.prefixes[prefix] = namespace
        return f"{prefix}:{local}"


def recognise(schema: xmlschema.XMLSchemaBase, roots: Sequence[str]) -> Layout:
    """The header of the messages with these root elements (`{namespace}name`)."""
    names = _Names()
    found: dict[str, tuple[str, dict[str, Fact]]] = {}
    versions: dict[str, None] = {}
    for root in roots:
        element = _Place(schema.maps.elements[root], (), names)
        header = _header(element, root)
        if header is not None:
            name, facts, version = header
            found[root] = name, facts
            versions |= dict.fromkeys(version)
    if not found:
        return Layout("none", _nothing(), {})
    kinds = [name for name, _ in found.values()]
    merged = _merge([facts for _, facts in found.values()])
    without = tuple(root for root in roots if root not in found)
    return Layout(max(kinds, key=kinds.count), merged, names.prefixes, without, tuple(versions))


def _header(root: "_Place", name: str) -> tuple[str, dict[str, Fact], list[str]] | None:
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


def _xoev(head: "_Place") -> dict[str, Fact]:
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


def _kennung(head: "_Place", role: str) -> Fact | None:
    plain = head.first((role, "kennung", "code"), (role, "kennung"))
    return plain or _behoerdenkennung(head, (role, "behoerdenkennung"), "praefix", "kennung")


def _behoerdenkennung(head: "_Place", to: tuple[str, ...], praefix: str, kennung: str) -> Fact | None:
    parts = (
        head.first((*to, praefix, "code"), (*to, praefix)),
        head.first((*to, kennung, "code"), (*to, kennung)),
    )
    return Join(join=tuple(each for each in parts if each)) if all(parts) else None


def _xjustiz(head: "_Place") -> dict[str, Fact]:
    return _complete(
        {
            "nachrichten_uuid": head.first(("eigeneNachrichtenID",)),
            "nachrichtentyp": OfRoot(of_root="number"),
            "erstellungszeitpunkt": head.first(("erstellungszeitpunkt",)),
            "leser_kennung": _choice(head, "auswahl_empfaenger"),
            "autor_kennung": _choice(head, "auswahl_absender"),
        }
    )


def _choice(head: "_Place", name: str) -> Fact | None:
    """Whichever child was chosen: its code, or its text."""
    path = head.first((name,))
    return None if path is None else First(first=(f"{path}/*/*[local-name() = 'code']", f"{path}/*"))


def _xdomea(head: "_Place") -> dict[str, Fact]:
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


def _ubl(root: "_Place") -> dict[str, Fact]:
    """XRechnung in UBL: BT-10, BT-1 and the seller's identifiers BT-31, BT-29, BT-34."""
    party = ("AccountingSupplierParty", "Party")
    tax = root.first((*party, "PartyTaxScheme", "CompanyID"))
    other = root.first((*party, "PartyIdentification", "ID"))
    address = root.first((*party, "EndpointID"))
    number, day = root.first(("ID",)), root.first(("IssueDate",))
    return _invoice(root.first(("BuyerReference",)), number, day, (tax, other, address))


def _cii(root: "_Place") -> dict[str, Fact]:
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
    tax, other, address = seller
    if not (buyer and number and day and tax and other and address):
        return {}
    author = First(
        first=(
            Join(join=("'steuer'", tax)),
            Join(join=("'verkaeufer'", other)),
            Join(join=("'adresse'", address)),
        )
    )
    return {
        "nachrichten_uuid": Derived(uuid_of=(OfRoot(of_root="name"), author, number)),
        "nachrichtentyp": OfRoot(of_root="name"),
        "erstellungszeitpunkt": day,
        "leser_kennung": Join(join=("'leitweg'", buyer)),
        "autor_kennung": author,
    }


def _nothing() -> dict[str, Fact]:
    """No header: every fact is made up until a person says where it is."""
    return {
        "nachrichten_uuid": Derived(uuid_of="content"),
        "nachrichtentyp": OfRoot(of_root="name"),
        "erstellungszeitpunkt": Fixed(fixed="-"),
        "leser_kennung": NOBODY,
        "autor_kennung": NOBODY,
    }


def _complete(facts: Mapping[str, Fact | None]) -> dict[str, Fact]:
    """The facts that there are; nothing where one is missing that every message must have."""
    found = {name: fact for name, fact in facts.items() if fact is not None}
    needed = {name for name in facts if not name.endswith("verzeichnisdienst")}
    return found if needed <= found.keys() else {}


def _version_fact(facts: dict[str, Fact], root: "_Place", head: "_Place") -> list[str]:
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


@dataclass(frozen=True)
class _Place:
    """An element declaration, and the way to it from the root."""

    declaration: XsdElement
    steps: tuple[str, ...]
    names: _Names

    @property
    def local(self) -> str:
        return str(self.declaration.local_name)

    def path(self) -> str:
        return self.names.path(self.steps)

    def children(self) -> Iterator["_Place"]:
        content: Any = getattr(self.declaration.type, "content", None)
        if isinstance(content, XsdGroup):
            for child in content.iter_elements():
                if isinstance(child, XsdElement) and child.name:
                    yield _Place(child, (*self.steps, child.name), self.names)

    def at(self, *path: str) -> "_Place | None":
        """The declaration at a path of local names."""
        if not path:
            return self
        for child in self.children():
            if child.local == path[0]:
                found = child.at(*path[1:])
                if found is not None:
                    return found
        return None

    def first(self, *paths: tuple[str, ...]) -> str | None:
        """The XPath to the first of several places that there is."""
        found = next(filter(None, (self.at(*path) for path in paths)), None)
        return None if found is None else found.path()

    def attribute(self, name: str) -> str | None:
        """What an attribute is fixed to; empty where it may be anything, None where there is none."""
        attributes: Any = getattr(self.declaration.type, "attributes", {})
        attribute = next(
            (each for key, each in attributes.items() if key and key.rpartition("}")[2] == name), None
        )
        if attribute is None:
            return None
        fixed = attribute.fixed
        if fixed is None and len(attribute.type.enumeration or ()) == 1:
            fixed = str(attribute.type.enumeration[0])
        return fixed or ""
