"""Handbook pages: makes the documentation of kinds beside the event loop and keeps it, compressed, while it is true."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, assert_never

import orjson

from gateway.api.handbook_fields import handbook_fields, overview_fields
from gateway.api.problem import ApiCode, ApiProblem
from gateway.core.handbook import Edition, KnownKind
from gateway.core.ports import Handbooks
from gateway.reports.handbook import Links, kind_page, overview_page
from gateway.reports.handbook_text import kind_text, overview_text
from gateway.reports.imprint import Imprint
from gateway.texts import Language

PageForm = Literal["text/html", "text/plain", "application/json"]

MOST_BYTES = 32_000_000
"""Of compressed pages that are kept; the largest one that we know has 65 kB."""
MOST_WAITING = 100
"""Requests for pages that are yet to be made."""
_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is kept."""

    media_type: PageForm
    compressed: bytes
    etag: str

    @property
    def body(self) -> bytes:
        """The page itself."""
        return gzip.decompress(self.compressed)


class HandbookPages:
    """Pages are made one at a time, so that whoever asks for many of them holds up nothing else."""

    def __init__(self, handbooks: Handbooks, threads: Executor, imprint: Imprint) -> None:
        self._handbooks = handbooks
        self._threads = threads
        self._imprint = imprint
        self._kept: OrderedDict[tuple[str, ...], Page] = OrderedDict()
        self._bytes = 0
        self._making = asyncio.Lock()
        self._waiting = 0

    def editions(self) -> Sequence[Edition]:
        """What there are pages of."""
        return self._handbooks.editions()

    async def kind(self, edition: Edition, form: PageForm, language: Language) -> Page | None:
        """The page of a kind; None where its bundle has gone in the meantime.

        Raises:
            ApiProblem: too many wait already.
        """
        known = edition.known
        key = (edition.stamp, known.namespace, known.kind.root, form, _spoken(form, language))
        return await self._page(key, lambda: self._of_kind(edition, form, language))

    async def overview(
        self, editions: Sequence[Edition], form: PageForm, language: Language, *, up: str = ""
    ) -> Page | None:
        """The list of some kinds, or of all. `up` leads from its address to that of the list of all. Raises as `kind`
        does.
        """
        stamps = sorted({each.stamp for each in editions})
        kinds = [each.known for each in editions]
        key = ("", up, *stamps, form, _spoken(form, language))
        return await self._page(key, lambda: self._of_several(kinds, form, language, up))

    async def _page(self, key: tuple[str, ...], make: Callable[[], Page | None]) -> Page | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if self._waiting >= MOST_WAITING:
            raise ApiProblem(ApiCode.OVERLOADED, retry_after=_AGAIN_SECONDS)
        self._waiting += 1
        try:
            async with self._making:
                if key in self._kept:
                    return self._kept[key]
                page = await asyncio.get_running_loop().run_in_executor(self._threads, make)
                if page is not None:
                    self._keep(key, page)
                return page
        finally:
            self._waiting -= 1

    def _keep(self, key: tuple[str, ...], page: Page) -> None:
        self._kept[key] = page
        self._bytes += len(page.compressed)
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.compressed)

    def _of_kind(self, edition: Edition, form: PageForm, language: Language) -> Page | None:
        book = self._handbooks.handbook(edition)
        if book is None:
            return None
        match form:
            case "text/html":
                links = Links(_other(language), overview="../../../schemas")
                return _made(form, kind_page(book, links, self._imprint, language).encode())
            case "text/plain":
                return _made(form, kind_text(book, language).encode())
            case "application/json":
                return _made(form, orjson.dumps(handbook_fields(book)))
            case _:
                assert_never(form)

    def _of_several(self, kinds: Sequence[KnownKind], form: PageForm, language: Language, up: str) -> Page:
        match form:
            case "text/html":
                overview = f"{up}schemas" if up else ""
                links = Links(
                    _other(language), overview, lambda each: up + _address(each).removeprefix("/v1/")
                )
                return _made(form, overview_page(kinds, links, self._imprint, language).encode())
            case "text/plain":
                return _made(form, overview_text(kinds, _address, language).encode())
            case "application/json":
                return _made(form, orjson.dumps(overview_fields(kinds, _address)))
            case _:
                assert_never(form)


def _made(form: PageForm, body: bytes) -> Page:
    # Weak, because the same tag goes with the page as it is and compressed.
    return Page(form, gzip.compress(body, 6, mtime=0), f'W/"{sha256(body).hexdigest()[:32]}"')


def _spoken(form: PageForm, language: Language) -> str:
    """JSON has both languages."""
    return "" if form == "application/json" else language.value


def _other(language: Language) -> str:
    return "?lang=de" if language is Language.EN else "?lang=en"


def _address(known: KnownKind) -> str:
    return Imprint().documentation(known.kind.standard, known.kind.version, known.kind.root)
