"""Real messages and schemas that nobody here wrote, where they are at hand."""

import os
import shutil
import uuid
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from gateway.core.errors import Refused
from gateway.core.refusal import Finding
from gateway.core.routing import Route, route
from gateway.core.tenants import Booking, Directory, Tenant
from schemas.codelists import read_genericode
from schemas.door import parse
from schemas.facts import DERIVED
from schemas.library import SchemaLibrary
from schemas.packages.build import Order
from schemas.packages.faults import PackageIncomplete
from schemas.packages.install import install
from tests.builders import a_portal

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


def _at(path: Path, place: str) -> list[etree._Element]:
    root = etree.fromstring(path.read_bytes())
    found = root.getroottree().xpath(
        place, namespaces={key: value for key, value in root.nsmap.items() if key}
    )
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, etree._Element)]


def test_xwasser_codes_are_held_against_its_lists(library: SchemaLibrary, tmp_path: Path) -> None:
    (bundle,) = [each for each in library.bundles if each.spec.standard == "xwasser"]
    folder = Path(shutil.copytree(bundle.folder, tmp_path / "xwasser" / "1.0.0"))
    text = (folder / "bundle.toml").read_text(encoding="utf-8")
    for path in sorted(REFERENCE.glob("xwasser-*/crates/codelists/data/*/*.xml")):
        shutil.copy(path, folder)
        known = read_genericode(path.read_bytes())
        text += f'\n[[code_lists]]\nuri = "{known.uri}"\nversion = "{known.version}"\nfile = "{path.name}"\n'
    (folder / "bundle.toml").write_text(text, encoding="utf-8")
    with_lists = SchemaLibrary.load([tmp_path])

    def findings(name: str) -> list[tuple[str, str]]:
        (path,) = REFERENCE.glob(f"xwasser-*/tests/{name}.xml")
        verdict = with_lists.check(with_lists.open(path.read_bytes()), date(2026, 6, 1))
        found = [each for refusal in verdict.refusals for each in refusal.findings]
        return [(each.rule, each.path.rpartition(":")[2]) for each in found]

    # Its own test says 200 where the list begins with 1010; the schema does not see that.
    assert findings("administration_receipt") == [("code-unbekannt", "aktuellerStatusTechnisch/code")]
    assert findings("olb_report_minimal") == []
