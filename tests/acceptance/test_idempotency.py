"""Idempotency: however often and wherever at once a submission comes, it is accepted and delivered once."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import httpx

from tests.acceptance.conftest import Book
from tests.acceptance.installation import PATIENCE, Installation
from tests.acceptance.letters import COTTBUS, ZOSSEN, Letter, a_letter

TIMES = 32


async def test_the_same_at_the_same_moment_is_accepted_once(installation: Installation, book: Book) -> None:
    letter = a_letter("gewerbe/anmeldung-voll", COTTBUS, {"trade": 2})

    answers = await at_once(installation, [installation.api], letter)

    check_one_acceptance(installation, letter, answers, "32 times at once", book)


async def test_also_where_two_processes_take_it(data_centre: Installation, book: Book) -> None:
    letter = a_letter("gewerbe/anmeldung-voll", COTTBUS, {"trade": 2})
    data_centre.start("api-2")

    answers = await at_once(data_centre, [data_centre.api, data_centre.url("api-2")], letter)

    check_one_acceptance(data_centre, letter, answers, "32 times at once, two API processes", book)
    assert data_centre.stop("api-2") == {"api-2": 0}


async def at_once(installation: Installation, urls: Sequence[str], letter: Letter) -> list[httpx.Response]:
    """Open all connections first, so that the submissions really meet."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        addresses = [urls[number % len(urls)] for number in range(TIMES)]
        await asyncio.gather(*(client.get(f"{each}/health/live") for each in addresses))
        return await asyncio.gather(
            *(
                client.post(f"{each}/v1/messages", content=letter.content, headers=installation.portal)
                for each in addresses
            )
        )


def check_one_acceptance(
    installation: Installation, letter: Letter, answers: Sequence[httpx.Response], what: str, book: Book
) -> None:
    assert {each.status_code for each in answers} == {202}
    assert len({each.content for each in answers}) == 1
    assert sum("Idempotent-Replay" not in each.headers for each in answers) == 1
    installation.ledger.acknowledged(answers[0].json()["id"], letter)
    found = installation.settle([letter])
    assert found.settled
    assert (found.delivered, found.recognised) == (2, 0)
    book(what, found, Counter(str(each.status_code) for each in answers))


def test_other_content_under_the_same_uuid_is_refused(installation: Installation) -> None:
    letter = a_letter("finanzen/sepamandat-klein", ZOSSEN)
    installation.submit(letter)

    answer = installation.post(letter.content + b"<!-- corrected -->")

    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["xinneres"]) == ("already-used", "S100")
    assert installation.settle([letter]).settled


def test_an_idempotency_key_stands_for_one_content(installation: Installation) -> None:
    letter, other = (a_letter("finanzen/sepamandat-klein", ZOSSEN) for _ in range(2))
    key = f"order-{letter.uuid}"

    first = installation.post(letter.content, Idempotency_Key=key)
    again = installation.post(letter.content, Idempotency_Key=key)
    wrong = installation.post(other.content, Idempotency_Key=key)

    assert (first.status_code, again.status_code, wrong.status_code) == (202, 202, 409)
    assert first.content == again.content
    installation.ledger.acknowledged(first.json()["id"], letter)
    assert installation.settle([letter]).settled
