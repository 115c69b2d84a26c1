"""Negotiation: which language and which form of answer a client prefers (RFC 9110, section 12)."""

from enum import StrEnum
from functools import lru_cache

from gateway.texts import Language


@lru_cache(maxsize=256)
def language_of(accept_language: str | None) -> Language:
    """German unless English is preferred to it; a tie is German."""
    german = english = -1.0
    for name, quality in _weighted(accept_language):
        primary = name.partition("-")[0]
        if primary in {"de", "*"}:
            german = max(german, quality)
        if primary == "en":
            english = max(english, quality)
    return Language.EN if english > max(german, 0.0) else Language.DE


@lru_cache(maxsize=256)
def wants_xml(accept: str | None) -> bool:
    """Whether XML is preferred to JSON; a tie is JSON."""
    json = xml = -1.0
    for media_range, quality in _weighted(accept):
        if media_range in {"application/json", "application/problem+json", "application/*", "*/*"}:
            json = max(json, quality)
        elif media_range in {"application/xml", "text/xml", "application/problem+xml"}:
            xml = max(xml, quality)
    return xml > max(json, 0.0)


@lru_cache(maxsize=256)
def wants_rueckweisung(accept: str | None) -> bool:
    """Whether a refusal is wanted as an XÖV message: plain XML is preferred to a problem in any form."""
    problem = xml = -1.0
    for media_range, quality in _weighted(accept):
        if media_range in {"application/xml", "text/xml"}:
            xml = max(xml, quality)
        elif media_range.startswith("application/problem+") or media_range == "application/json":
            problem = max(problem, quality)
    return xml > max(problem, 0.0)


class ReportForm(StrEnum):
    """The forms of a validation report, and of the documentation of kinds."""

    JSON = "application/json"
    TEXT = "text/plain"
    HTML = "text/html"


@lru_cache(maxsize=256)
def report_form(accept: str | None) -> ReportForm:
    """The preferred form. JSON needs not be asked for; of equals it wins, then HTML: browsers."""
    asked = dict(reversed(_weighted(accept)))
    everything = asked.get("*/*", 0.0)
    json = max(asked.get("application/json", 0.0), asked.get("application/*", 0.0), everything)
    html = asked.get("text/html", asked.get("text/*", 0.0))
    text = asked.get("text/plain", asked.get("text/*", 0.0))
    best = max(json, html, text)
    if best <= json:
        return ReportForm.JSON
    return ReportForm.HTML if "text/html" in asked and html == best else ReportForm.TEXT


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether a client has said that it takes gzip."""
    return any(name in {"gzip", "*"} and quality > 0.0 for name, quality in _weighted(accept_encoding))


@lru_cache(maxsize=256)
def is_utf8_xml(content_type: str | None) -> bool:
    """Whether a Content-Type announces XML (RFC 7303) in UTF-8, or without saying its charset."""
    media_type, charset = _media_type(content_type)
    is_xml = media_type in {"application/xml", "text/xml"} or (
        media_type.startswith("application/") and media_type.endswith("+xml")
    )
    return is_xml and charset in {"", "utf-8", "utf8"}


@lru_cache(maxsize=256)
def is_utf8_json(content_type: str | None) -> bool:
    """Whether a Content-Type announces JSON."""
    media_type, charset = _media_type(content_type)
    return media_type == "application/json" and charset in {"", "utf-8", "utf8"}


@lru_cache(maxsize=256)
def is_form_data(content_type: str | None) -> bool:
    """Whether a Content-Type announces a form of several parts (RFC 7578)."""
    return _media_type(content_type)[0] == "multipart/form-data"


def _media_type(content_type: str | None) -> tuple[str, str]:
    media_type, *parameters = (content_type or "").split(";")
    charset = ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return media_type.strip().lower(), charset


def _weighted(header: str | None) -> list[tuple[str, float]]:
    weighted = []
    for part in (header or "").split(","):
        name, *parameters = part.split(";")
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                quality = _quality(value.strip())
        weighted.append((name.strip().lower(), quality))
    return weighted


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
