"""Real messages and schemas that nobody here wrote, where they are at hand."""

import os
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from gateway.core.errors import Refused
from gateway.core.handbook import Content
from gateway.core.refusal import Finding
from gateway.core.routing import Route, route
from gateway.core.tenants import Booking, Directory, Tenant
from schemas.door import parse
from schemas.facts import DERIVED
from schemas.library import SchemaLibrary
from schemas.packages.faults import PackageIncomplete
from schemas.packages.install import install
from schemas.packages.order import Order
from tests.builders import a_portal
from tests.unit.schemas.handbook.builders import anchors, handbooks, places, rows_of

ROOT = Path(__file__).parents[3]
REFERENCE = Path(os.environ.get("AMTSBOTE_REFERENCE") or ROOT.parent / "shared" / "reference")
MESSAGES = sorted(
    [
        *REFERENCE.glob("xwasser-*/tests/*.xml"),
        *REFERENCE.glob("xbeteiligung/samples/**/*.xml"),
        *REFERENCE.glob("xrechnung/*.xml"),
    ]
)

pytestmark = pytest.mark.skipif(
    not MESSAGES, reason=f"no reference files in {REFERENCE} (AMTSBOTE_REFERENCE)"
)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.name)
def test_the_door_takes_real_messages(path: Path) -> None:
    assert parse(path.read_bytes()).name


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> SchemaLibrary:
    """All packages, installed as the command does it and left as drafts."""
    into = tmp_path_factory.mktemp("schemas")
    packages = {
        "xwasser-1.0.0": ("xbeteiligung/schema", "xta-2.1.1"),
        "xbeteiligung": (),
        "ubl-2.1": (),
        "xta-2.1.1": (),
    }
    for name, supplements in packages.items():
        others = tuple(str(REFERENCE / each) for each in supplements)
        order = Order(str(REFERENCE / name), others, (), None, None, "2026-01-01", into="")
        install(order, into)
    return SchemaLibrary.load([into])


def check(library: SchemaLibrary, path: Path) -> list[Finding]:
    """All findings against a message, those of its schema where its header is incomplete too."""
    try:
        document = library.open(path.read_bytes())
        refusals = library.check(document, date(2026, 6, 1)).refusals
    except Refused as refused:
        refusals = refused.refusals
    return [finding for refusal in refusals for finding in refusal.findings]


def warnings(library: SchemaLibrary, path: Path) -> Sequence[Finding]:
    """What is remarkable about a message and refuses nothing."""
    try:
        return library.check(library.open(path.read_bytes()), date(2026, 6, 1)).warnings
    except Refused:
        return ()


def test_what_the_packages_are(library: SchemaLibrary) -> None:
    found = {(each.spec.standard, each.spec.version): len(each.spec.kinds) for each in library.bundles}
    assert found == {
        ("xwasser", "1.0.0"): 12,
        ("xbeteiligung", "1.2"): 69,
        ("ubl", "2.1"): 2,
        ("osci2", "2.1.1"): 32,
    }


def test_an_incomplete_package_names_what_is_missing_and_who_wants_it(tmp_path: Path) -> None:
    order = Order(str(REFERENCE / "xwasser-1.0.0"), (), (), None, None, "2026-01-01", into="")
    with pytest.raises(PackageIncomplete) as caught:
        install(order, tmp_path)
    missing = {problem.en.partition("'")[2].partition("'")[0] for problem in caught.value.problems}
    assert missing == {
        "din-norm-91379-datatypes.xsd",
        "xmldsig-core-schema.xsd",
        "xoev-basisnachricht-unqualified-g2g_1.1.xsd",
        "xoev-code.xsd",
    }
    assert all(problem.file.endswith(".xsd") and problem.line for problem in caught.value.problems)


def test_xwasser_each_broken_reference_is_named(library: SchemaLibrary) -> None:
    rules: dict[str, set[str]] = {}
    for path in REFERENCE.glob("xwasser-*/tests/*.xml"):
        findings = check(library, path)
        rules[path.name] = {finding.rule for finding in findings}
        for finding in findings:
            if finding.rule == "cvc-id":
                (referring,) = _at(path, finding.path)
                assert referring.text
                assert referring.text not in repr(finding)
    libxml2_accepts = [name for name, broken in rules.items() if broken <= {"cvc-id"}]
    assert (len(rules), len(libxml2_accepts)) == (15, 13)
    assert sum(broken == set() for broken in rules.values()) == 5
    assert sum(broken == {"cvc-id"} for broken in rules.values()) == 8


def test_xbeteiligung_is_valid_with_its_header_facts(library: SchemaLibrary) -> None:
    paths = sorted(REFERENCE.glob("xbeteiligung/samples/**/*.xml"))
    assert len(paths) == 6
    for path in paths:
        document = library.open(path.read_bytes())
        assert library.check(document, date(2026, 6, 1)).refusals == ()
        kopf = document.kopf
        assert (kopf.leser.kennung, kopf.autor.kennung) == ("xyz:0002", "xyz:0001")
        assert (kopf.leser.verzeichnisdienst, kopf.nachrichtentyp) == ("DVDV", "0401")
        assert uuid.UUID(kopf.nachrichten_uuid).version == 4


def test_xrechnung_goes_to_the_owner_of_the_leitweg_id(library: SchemaLibrary) -> None:
    booking = Booking("ubl", ("rechnungen",))
    tenant = Tenant("bremen", "Bremen", ("04011000",), (booking,), ("04011000-12346-97", "04011000-12349-88"))
    directory = Directory([tenant], [])
    paths = sorted(REFERENCE.glob("xrechnung/*.xml"))
    assert len(paths) == 8
    routed = 0
    for path in paths:
        document = library.open(path.read_bytes())
        assert library.check(document, date(2026, 6, 1)).refusals == ()
        assert document.kopf.leser.praefix == "leitweg"
        result = route(document.kind, document.kopf, a_portal(autoren=("*",)), directory)
        routed += isinstance(result, Route)
    assert routed == 3
    minimal = library.open((REFERENCE / "xrechnung/01.05_minimal_test_ubl.xml").read_bytes()).kopf
    name = "Invoice\nverkaeufer:9876543217894897438\n1234567"
    assert minimal.nachrichten_uuid == str(uuid.uuid5(DERIVED, name))


def test_every_place_in_a_real_message_leads_to_its_row(library: SchemaLibrary) -> None:
    told = {tag: rows_of(book) for tag, book in handbooks(library).items()}
    seen = 0
    for path in MESSAGES:
        content = path.read_bytes()
        root = etree.fromstring(content)
        if {finding.rule for finding in check(library, path)} - {"cvc-id"}:
            continue
        (shelf,) = [
            each for each in library.by_bundle.values() if each.books._index(str(root.tag)) is not None
        ]
        index = shelf.books._index(str(root.tag))
        assert index is not None
        rows = told[str(root.tag)]
        for place, local in places(root):
            row = rows.get(index.anchor(place))
            if row is None:
                assert place.count("/") == 1
            elif row.name == local:
                seen += 1
            else:
                # In a code, or in what any other schema may bring along.
                assert row.content in {Content.CODE, Content.ANYTHING}
    assert seen > 2500


def test_handbooks_of_real_packages_are_bounded_and_whole(library: SchemaLibrary) -> None:
    books = handbooks(library)
    assert len(books) == 115
    for book in books.values():
        assert book.explained
        assert book.left_out == 0
        assert len(rows_of(book)) < 2_000
        known = anchors(book)
        assert len(set(known)) == len(known)
        assert book.example is not None
        assert parse(book.example.text.encode()).name == book.known.kind.root


def _at(path: Path, place: str) -> list[etree._Element]:
    root = etree.fromstring(path.read_bytes())
    found = root.getroottree().xpath(
        place, namespaces={key: value for key, value in root.nsmap.items() if key}
    )
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, etree._Element)]


def test_xwasser_codes_are_held_against_the_lists_of_the_package(library: SchemaLibrary) -> None:
    (bundle,) = [each for each in library.bundles if each.spec.standard == "xwasser"]
    assert len(bundle.spec.code_lists) == len(list(REFERENCE.glob("xwasser-*/crates/codelists/data/*/*.xml")))
    # The columns of the keys are those that the schema means, and the lists have what it enumerates.
    assert {each.column for each in bundle.spec.code_lists} == {()}
    # Lists that the package's own messages do not keep to refuse nothing.
    assert Counter(each.unknown_code for each in bundle.spec.code_lists) == {"refuse": 66, "warn": 6}
    places: dict[str, set[str]] = {}
    for path in REFERENCE.glob("xwasser-*/tests/*.xml"):
        found = [each for each in warnings(library, path) if each.rule == "code-unbekannt"]
        named = places.setdefault(path.name.partition("_")[0], set())
        named |= {each.path.rpartition(":")[2].partition("/")[0] for each in found}
    assert places == {
        # These name a version of a list that has no such code: 200 where the list begins with 1010 ...
        "administration": {"aktuellerStatusTechnisch"},
        # ... or no version, and the code is in none: 1010 where the list has five digits.
        "monitoring": {"parameter"},
        "quality": {
            "desinfektionUndAufbereitungDesWassers",
            "sprachePruefbericht",
            "staat",
            "typ",
            "untersuchterParameter",
        },
        "olb": set(),
    }


def test_xwasser_versions_that_the_package_does_not_bring_are_warnings(library: SchemaLibrary) -> None:
    (path,) = REFERENCE.glob("xwasser-*/tests/quality_report_maximal.xml")
    warnings = library.check(library.open(path.read_bytes()), date(2026, 6, 1)).warnings
    assert {each.rule for each in warnings} == {"codeliste-fassung", "code-unbekannt"}
    assert {each.path.rpartition(":")[2] for each in warnings} >= {"medium/@listVersionID"}
