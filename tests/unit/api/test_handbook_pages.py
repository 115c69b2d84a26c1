"""Pages of kinds are made once for each form and language, beside the event loop, and kept while they are true."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gateway.api import handbook_pages
from gateway.api.handbook_fields import handbook_fields, handbook_schemas
from gateway.api.handbook_pages import HandbookPages
from gateway.api.problem import ApiProblem
from gateway.core.handbook import Edition, Handbook
from gateway.reports.imprint import Imprint
from gateway.texts import Language
from tests.unit.api.fakes import FakeHandbooks, Now, a_handbook


def pages_of(handbooks: FakeHandbooks) -> HandbookPages:
    return HandbookPages(handbooks, Now(), Imprint())


async def test_a_page_is_made_once() -> None:
    handbooks = FakeHandbooks()
    pages = pages_of(handbooks)
    (edition,) = pages.editions()
    german = await pages.kind(edition, "text/html", Language.DE)
    assert german is not None
    assert await pages.kind(edition, "text/html", Language.DE) is german
    english = await pages.kind(edition, "text/html", Language.EN)
    assert english is not None
    assert english.etag != german.etag
    assert handbooks.made == 2
    assert b"Anmeldung einer Wohnung" in german.body
    assert b"Registration of a residence" in english.body


async def test_json_is_the_same_in_every_language() -> None:
    handbooks = FakeHandbooks()
    pages = pages_of(handbooks)
    (edition,) = pages.editions()
    assert await pages.kind(edition, "application/json", Language.DE) is await pages.kind(
        edition, "application/json", Language.EN
    )
    assert handbooks.made == 1


async def test_a_changed_bundle_has_a_new_page_and_the_old_one_is_gone() -> None:
    handbooks = FakeHandbooks()
    pages = pages_of(handbooks)
    (old,) = pages.editions()
    before = await pages.overview(pages.editions(), "application/json", Language.DE)
    handbooks.stamp = "second"
    (new,) = pages.editions()
    assert await pages.kind(new, "text/html", Language.DE) is not None
    assert await pages.kind(old, "text/html", Language.DE) is None
    after = await pages.overview(pages.editions(), "application/json", Language.DE)
    assert before is not after


async def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handbook_pages, "MOST_BYTES", 1)
    handbooks = FakeHandbooks()
    pages = pages_of(handbooks)
    (edition,) = pages.editions()
    for language in (Language.DE, Language.EN, Language.DE):
        await pages.kind(edition, "text/html", language)
    assert handbooks.made == 3


class SlowHandbooks(FakeHandbooks):
    """Counts how many are made at the same time."""

    at_once = 0
    most_at_once = 0

    def handbook(self, edition: Edition) -> Handbook | None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.gate.wait(timeout=10)
        self.at_once -= 1
        return super().handbook(edition)

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()


async def test_pages_are_made_one_at_a_time_and_the_same_one_once() -> None:
    handbooks = SlowHandbooks()
    with ThreadPoolExecutor(4) as threads:
        pages = HandbookPages(handbooks, threads, Imprint())
        (edition,) = pages.editions()
        asked = [
            asyncio.create_task(pages.kind(edition, "text/html", language))
            for language in (Language.DE, Language.EN) * 3
        ]
        await asyncio.sleep(0)
        handbooks.gate.set()
        answers = await asyncio.gather(*asked)
    assert None not in answers
    assert (handbooks.made, handbooks.most_at_once) == (2, 1)


async def test_not_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handbook_pages, "MOST_WAITING", 0)
    pages = pages_of(FakeHandbooks())
    (edition,) = pages.editions()
    with pytest.raises(ApiProblem) as caught:
        await pages.kind(edition, "text/html", Language.DE)
    assert caught.value.status_code == 503


def test_the_fields_are_what_the_description_says() -> None:
    parts = handbook_schemas()
    sent = json.loads(json.dumps(handbook_fields(a_handbook())))

    def check(value: object, schema: dict[str, object]) -> None:
        if "anyOf" in schema:
            choices = schema["anyOf"]
            assert isinstance(choices, list)
            check(value, next(each for each in choices if (each == {"type": "null"}) == (value is None)))
        elif "$ref" in schema:
            check(value, parts[str(schema["$ref"]).rpartition("/")[2]])
        elif isinstance(value, dict):
            properties = schema["properties"]
            assert isinstance(properties, dict)
            assert value.keys() == properties.keys()
            assert set(properties) == set(schema["required"])  # type: ignore[call-overload]
            for name, inside in value.items():
                check(inside, properties[name])
        elif isinstance(value, list):
            for inside in value:
                check(inside, schema["items"])  # type: ignore[arg-type]

    check(sent, parts["Handbook"])
    assert sent["sections"][0]["rows"][0]["oneOf"] == []
    assert handbook_fields(replace(a_handbook(), left_out=3))["leftOut"] == 3
