from pathlib import Path

import adapters
from adapters.transports import receipt, rest
from adapters.transports.http import exchange, oauth, outcomes, tls
from adapters.transports.soap import faults, wsse
from adapters.transports.soap import transport as soap
from gateway.core.word import NO_CODE

PAGE = (Path(adapters.__file__).parents[1] / "docs" / "transports.md").read_text(encoding="utf-8")


def test_every_code_beside_the_tables_is_documented() -> None:
    refusals = (
        exchange.TOO_SLOW,
        exchange.NO_TOKEN_IN_TIME,
        exchange.ANSWER_TOO_LARGE,
        outcomes.WRONG_CONTENT_TYPE,
        oauth.UNREADABLE,
        receipt.NOT_READY,
        soap.NOT_MAPPABLE,
        faults.SECURITY,
    )
    codes = {each.cause.code for each in refusals}
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
