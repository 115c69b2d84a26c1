from pathlib import Path

import adapters
from adapters.transports import http, http_outcomes, oauth, tls

PAGE = (Path(adapters.__file__).parents[1] / "docs" / "transports.md").read_text(encoding="utf-8")


def test_every_code_beside_the_tables_is_documented() -> None:
    outcomes = (
        http.TOO_SLOW,
        http.NO_TOKEN_IN_TIME,
        http.ANSWER_TOO_LARGE,
        http_outcomes.WRONG_CONTENT_TYPE,
        oauth.UNREADABLE,
    )
    codes = {each.cause.code for each in outcomes}
    codes |= {each.code for each in (*tls.VERIFICATION.values(), *tls.ALERTS.values())}
    codes |= {tls.UNTRUSTED.code, tls.HANDSHAKE.code}
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
