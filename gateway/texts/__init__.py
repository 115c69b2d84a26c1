"""Texts: what people read, in German and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter


class Language(StrEnum):
    """A language in which the gateway speaks to people."""

    DE = "de"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages; `{name}` is filled with the fact of that name."""

    de: str
    en: str

    def speak(self, language: Language, facts: Mapping[str, str] | None = None) -> str:
        """The text in a language, its placeholders filled."""
        template = self.en if language is Language.EN else self.de
        return template.format_map(facts) if facts else template

    @property
    def placeholders(self) -> frozenset[str]:
        """The facts without which the text can't be spoken."""
        parsed = (*Formatter().parse(self.de), *Formatter().parse(self.en))
        return frozenset(name for _, name, _, _ in parsed if name)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is wrong, as a title; and what to do about it, as a detail.

    Of the details the first is spoken whose placeholders are all known: the most specific stands first.
    """

    title: Text
    details: tuple[Text, ...]

    def detail(self, language: Language, facts: Mapping[str, str]) -> str:
        """The most specific detail that the facts can fill."""
        for text in self.details:
            if text.placeholders <= facts.keys():
                return text.speak(language, facts)
        raise LookupError("an explanation ends with a detail that needs no facts")
