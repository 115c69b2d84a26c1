"""Faults: why a package is not installed, each with its place, in German and English."""

from gateway.core.errors import ConfigurationInvalid, Problem


class PackageRefused(ConfigurationInvalid):
    """A package can't become a bundle; every fault found is named."""


class PackageIncomplete(PackageRefused):
    """Files that a package refers to are not in it; a supplement may have them."""


def printable(name: str) -> str:
    """The name of a file for people to read: a file system takes characters that no text does."""
    return "".join(each if each.isprintable() else "?" for each in name)


def fault(place: str, de: str, en: str, line: int | None = None) -> Problem:
    """A fault of a package; `place` is a path inside it, or the package itself."""
    return Problem(place, line, de, en)
