from pathlib import Path

import pytest

import adapters
from adapters import civil_status, finance, mapping, real_estate, registration, trade
from adapters.transports import files, http, pickup, soap

PAGE = (Path(adapters.__file__).parents[1] / "docs" / "adapters.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("adapter", [registration, civil_status, finance, trade, real_estate])
def test_every_setting_is_documented_with_its_default(adapter: object) -> None:
    for name, setting in getattr(adapter, "Settings").model_fields.items():  # noqa: B009  # a module of any adapter
        row = next(line for line in PAGE.splitlines() if line.startswith("|") and f"`{name}`" in line)
        default = {True: "true", None: ""}.get(setting.default, str(setting.default))
        assert ("required" if setting.is_required() else default) in row


def test_every_code_is_documented() -> None:
    codes = {code for _, code, _ in http.ERRORS.values()}
    codes |= {code for code, _ in files.OS_ERRORS.values()}
    codes |= {f"soap-fault:{name}" for _, name, _ in soap.FAULT_CODES.values()}
    codes |= {http.NO_RECEIPT.cause.code, soap.UNREADABLE.cause.code, mapping.NO_MAPPING.cause.code}
    codes |= {pickup.UNAVAILABLE.code, pickup.TOO_LARGE.code}
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()


def test_every_status_of_its_own_is_documented() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    for status, kind in http.STATUSES.items():
        assert any(str(status) in row.split("|")[1] and kind.__name__ in row.split("|")[2] for row in rows)


def test_every_kind_is_documented() -> None:
    kinds = [
        *registration.mapping.MAPPINGS,
        *civil_status.mapping.MAPPINGS,
        *finance.mapping.MAPPINGS,
        *trade.mapping.ART,
        *real_estate.mapping.MAPPINGS,
    ]
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []
