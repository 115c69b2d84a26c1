from pathlib import Path

import adapters
from adapters.transports import http, http_outcomes, oauth, receipt, rest, soap, soap_faults, tls, wsse
from gateway.core.word import NO_CODE

PAGE = (Path(adapters.__file__).parents[1] / "docs" / "transports.md").read_text(encoding="utf-8")


def test_every_code_beside_the_tables_is_documented() -> None:
    outcomes = (
        http.TOO_SLOW,
        http.NO_TOKEN_IN_TIME,
        http.ANSWER_TOO_LARGE,
        http_outcomes.WRONG_CONTENT_TYPE,
        oauth.UNREADABLE,
        receipt.NOT_READY,
        soap.NOT_MAPPABLE,
        soap_faults.SECURITY,
    )
    codes = {each.cause.code for each in outcomes}
    codes |= {each.code for each in (*tls.VERIFICATION.values(), *tls.ALERTS.values())}
    codes |= {tls.UNTRUSTED.code, tls.HANDSHAKE.code, NO_CODE}
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()


def test_every_setting_of_asking_is_documented() -> None:
    section = PAGE.partition("### Asking")[2].partition("\n## ")[0]
    for name, setting in rest.RestAsk.model_fields.items():
        row = next(line for line in section.splitlines() if line.startswith(f"| `{name}`"))
        assert ("required" if setting.is_required() else "|") in row
    assert [name for name in soap.SoapAsk.model_fields if f"`{name}`" not in PAGE] == []


def test_every_setting_of_ws_security_is_documented() -> None:
    section = PAGE.partition("### WS-Security")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [*wsse.WsSecurity.model_fields]
