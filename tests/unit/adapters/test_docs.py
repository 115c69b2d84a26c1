import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import adapters
from adapters import catalogue, civil_status, finance, mapping, real_estate, registration, trade
from adapters.trade.vordruck import Feld, Zeile
from adapters.transports import pickup
from adapters.transports.batch import transport as batch
from adapters.transports.folders import answers, drop, files, local, ssh
from adapters.transports.http import outcomes
from adapters.transports.http import settings as http_settings
from adapters.transports.soap import faults, service, signed
from adapters.transports.soap import transport as soap
from adapters.transports.xta import answers as xta_answers
from adapters.transports.xta import transport as xta
from tests.unit.adapters.builders import a_consignment_of, dispatch_of, samples

DOCS = Path(adapters.__file__).parents[1] / "docs"
PAGE = (DOCS / "adapters.md").read_text(encoding="utf-8")
TRANSPORTS = (DOCS / "transports.md").read_text(encoding="utf-8")


SHARED = {
    **dict.fromkeys(answers.AnswerSettings.model_fields, "Return folders"),
    **dict.fromkeys(drop.DropSettings.model_fields, "files"),
}
"""Settings that several transports have, by the section that they stand in."""


@pytest.mark.parametrize("transport", catalogue.TRANSPORTS)
def test_every_setting_is_documented_with_its_default(transport: str) -> None:
    sections = {part.partition("\n")[0]: part for part in TRANSPORTS.split("\n## ")}
    shared = http_settings.HttpSettings.model_fields
    for name, setting in catalogue.transport(transport).settings.model_fields.items():
        http = name in shared and transport in {"soap", "rest", "xta"}
        own = transport == "batch" and name in {"name", "marker"}
        section = sections["HTTP" if http else transport if own else SHARED.get(name, transport)]
        row = next(line for line in section.splitlines() if line.startswith(f"| `{name}`"))
        value = setting.get_default(call_default_factory=True) if not setting.is_required() else None
        default = str(value or "").lower() if value is not False else "false"
        if isinstance(value, tuple) and value:
            default = str(value[0])[:5]
        assert ("required" if setting.is_required() else default) in row.lower()


@pytest.mark.parametrize("adapter", catalogue.ADAPTERS)
def test_every_form_is_documented(adapter: str) -> None:
    row = next(
        line for line in PAGE.splitlines() if line.startswith(f"| `{adapter}` | `") and "original" in line
    )
    assert [form for form in catalogue.adapter(adapter).forms if f"`{form}`" not in row] == []


def test_every_code_is_documented() -> None:
    codes = {code for _, code, _ in outcomes.ERRORS.values()}
    codes |= {code for code, _ in (*local.OS_ERRORS.values(), *ssh.ERRORS.values())}
    codes |= {f"soap-fault:{name}" for _, name, _ in faults.FAULT_CODES.values()}
    codes |= {f"column-{why}:NAME" for why in batch.REFUSALS} | {batch.UNAVAILABLE.code}
    codes |= {outcomes.NO_RECEIPT.cause.code, service.UNREADABLE.cause.code, mapping.NO_MAPPING.cause.code}
    codes |= {each.cause.code for each in (signed.NOT_SIGNED, signed.WRONGLY_SIGNED, soap.MTOM_UNREADABLE)}
    codes |= {pickup.UNAVAILABLE.code, pickup.TOO_LARGE.code}
    codes |= {f"xta-{number}" for number in xta_answers.FAULTS}
    codes |= {xta.TOO_LARGE.cause.code, xta.STORE_UNAVAILABLE.code, xta_answers.UNREADABLE.cause.code}
    assert {code for code in codes if f"`{code}`" not in TRANSPORTS} == set()


def test_every_status_of_its_own_is_documented() -> None:
    rows = [line for line in TRANSPORTS.splitlines() if line.startswith("|")]
    for status, kind in outcomes.STATUSES.items():
        assert any(str(status) in row.split("|")[1] and kind.__name__ in row.split("|")[2] for row in rows)


def test_every_kind_is_documented() -> None:
    kinds = [
        *(kind for kinds in registration.mapping.MAPPINGS.values() for kind in kinds),
        *civil_status.mapping.MAPPINGS,
        *finance.mapping.MAPPINGS,
        *trade.mapping.MAPPINGS,
        *real_estate.mapping.MAPPINGS,
    ]
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []


def test_every_numbered_field_is_documented() -> None:
    rows = {row.split("|")[1].strip(): row for row in PAGE.splitlines() if row.startswith("|")}
    for vordruck in trade.mapping.MAPPINGS.values():
        for feld in fields(vordruck.zeilen):
            assert feld.name in rows[feld.nr]
            assert feld.teil is None or f"`{feld.teil}`" in PAGE


def fields(zeilen: Iterable[Zeile]) -> Iterator[Feld]:
    for zeile in zeilen:
        if isinstance(zeile, Feld):
            yield zeile
        else:
            yield from fields(zeile.zeilen)


def test_every_field_of_a_control_file_is_documented() -> None:
    form = dispatch_of("trade", a_consignment_of(samples("trade")[0]))
    assert form
    control = drop.drop_of(form, files.Settings.model_validate({"folder": Path()})).files[-1]
    assert [name for name in json.loads(control.content) if f"`{name}`" not in PAGE] == []
