"""Texts of validation reports: headings, verdicts and labels."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.texts import Language, Text

_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "title": Text(de="Prüfbericht", en="Validation report"),
        "accepted": Text(
            de="Die Nachricht ist in Ordnung und würde angenommen.",
            en="The message is in order and would be accepted.",
        ),
        "sound": Text(
            de="Die Nachricht ist in Ordnung.",
            en="The message is in order.",
        ),
        "obstructed": Text(
            de="Die Nachricht selbst ist in Ordnung, würde aber nicht angenommen.",
            en="The message itself is in order but would not be accepted.",
        ),
        "invalid": Text(
            de="Die Nachricht ist nicht in Ordnung und würde nicht angenommen.",
            en="The message is not in order and would not be accepted.",
        ),
        "nothing_sent": Text(
            de="Dies war nur eine Prüfung: Es wurde nichts angenommen und nichts weitergeleitet.",
            en="This was a check only: nothing was accepted and nothing was passed on.",
        ),
        "kind": Text(de="Nachrichtenart", en="Kind of message"),
        "unknown": Text(de="nicht erkannt", en="not recognised"),
        "service": Text(de="Dienst", en="Service"),
        "tenant": Text(de="Kommune", en="Municipality"),
        "destinations": Text(de="Würde zugestellt an", en="Would be delivered to"),
        "documentation": Text(de="Dokumentation", en="Documentation"),
        "described": Text(de="Beschreibung dieser Stelle", en="Description of this place"),
        "reasons": Text(de="Gründe", en="Reasons"),
        "warnings": Text(de="Hinweise", en="Warnings"),
        "warnings_never_refuse": Text(
            de="Hinweise verhindern die Annahme nicht.", en="Warnings never prevent acceptance."
        ),
        "findings": Text(de="Fundstellen", en="Findings"),
        "finding": Text(de="Fundstelle", en="Finding"),
        "place": Text(de="Stelle", en="Place"),
        "line": Text(de="Zeile", en="Line"),
        "rule": Text(de="Regel", en="Rule"),
        "expected": Text(de="Erwartet", en="Expected"),
        "found": Text(de="Gefunden (Form)", en="Found (shape)"),
        "empty": Text(de="nichts", en="nothing"),
        "document": Text(de="Die Nachricht", en="The message"),
        "document_masked": Text(
            de="Werte sind durch ihre Form ersetzt: A und a stehen für Buchstaben, 9 für eine Ziffer, □ für ein "
            "Zeichen einer anderen Schrift oder ein Sonderzeichen.",
            en="Values are replaced by their shape: A and a stand for letters, 9 for a digit, □ for a character "
            "of another script or a special sign.",
        ),
        "gap": Text(
            de="{hidden} weitere Elemente ohne Befund", en="{hidden} more elements without a finding"
        ),
        "no_document": Text(
            de="Die Nachricht kann nicht gezeigt werden: Sie ist nicht lesbar oder zu groß dafür.",
            en="The message can't be shown: it can't be read, or is too large for it.",
        ),
        "skip": Text(de="Zu den Gründen", en="Skip to the reasons"),
    }
)


class Words:
    """The texts of a report in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __call__(self, name: str, **facts: object) -> str:
        """One text, its placeholders filled."""
        return _TEXTS[name].speak(self._language, {key: str(value) for key, value in facts.items()})
