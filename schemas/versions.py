"""Versions: which versions of a standard there are and which is valid on a day, and the refusal of any other."""

from collections.abc import Iterable, Sequence
from datetime import date

from gateway.core.message import MessageKind
from gateway.core.refusal import Refusal, RefusalCode
from schemas.bundle import Bundle, family


class Versions:
    """The versions of all standards of a library. Immutable."""

    def __init__(self, bundles: Iterable[Bundle]) -> None:
        self._bundles = sorted(bundles, key=lambda each: (each.spec.valid_from, each.spec.version))

    def not_valid(self, bundle: Bundle, kind: MessageKind, on: date) -> Refusal:
        """Why a message is refused on a legal date on which its version is not valid: from or until when it is,
        and in which versions of the same standard its kind is valid on that day.
        """
        facts = {"standard": kind.standard, "version": kind.version}
        if on < bundle.spec.valid_from:
            facts["valid_from"] = bundle.spec.valid_from.isoformat()
        elif bundle.spec.valid_until is not None:
            facts["valid_until"] = bundle.spec.valid_until.isoformat()
        in_force = [each for each in self._of(kind.standard) if each.valid_on(on) and _knows(each, kind.root)]
        if in_force:
            facts["in_force"] = _named(in_force)
        return Refusal(RefusalCode.VERSION_NOT_SUPPORTED, facts)

    def unknown(self, tag: str, claimants: Sequence[Bundle]) -> Refusal:
        """Why no bundle takes a document with the root element `tag` (`{namespace}name`): an unknown standard, an
        unknown version, a kind that this version does not have, or a version that contradicts the namespace.

        `claimants` have this very root element, and another version than the document says.
        """
        namespace, _, name = tag.lstrip("{").rpartition("}")
        if claimants:
            return _of_another_version(claimants)
        same_namespace = [each for each in self._bundles if namespace in _namespaces(each)]
        if same_namespace:
            return self._unknown_kind(same_namespace, name)
        relatives = [each for each in self._bundles if family(each.spec.namespace) == family(namespace)]
        return _unknown_version(relatives) if relatives else Refusal(RefusalCode.UNKNOWN_KIND)

    def _unknown_kind(self, same_namespace: Sequence[Bundle], name: str) -> Refusal:
        standard = same_namespace[0].spec.standard
        facts = {"standard": standard}
        elsewhere = [each for each in self._of(standard) if _knows(each, name)]
        if elsewhere:
            facts |= {"version": _named(same_namespace), "elsewhere": _named(elsewhere)}
        return Refusal(RefusalCode.UNKNOWN_KIND, facts)

    def _of(self, standard: str) -> list[Bundle]:
        return [each for each in self._bundles if each.spec.standard == standard]


def _of_another_version(claimants: Sequence[Bundle]) -> Refusal:
    spec = claimants[0].spec
    # Some standards have one namespace for all versions; there, another version is just one that is not known.
    if len(claimants) > 1 or not spec.namespace.endswith(spec.version):
        return _unknown_version(claimants)
    facts = {"standard": spec.standard, "namespace_version": spec.version}
    return Refusal(RefusalCode.VERSION_NOT_SUPPORTED, facts)


def _unknown_version(installed: Sequence[Bundle]) -> Refusal:
    facts = {"standard": installed[0].spec.standard, "supported": _named(installed)}
    return Refusal(RefusalCode.VERSION_NOT_SUPPORTED, facts)


def _named(bundles: Iterable[Bundle]) -> str:
    """Their versions, each once, in the order of the bundles."""
    return ", ".join(dict.fromkeys(each.spec.version for each in bundles))


def _knows(bundle: Bundle, root: str) -> bool:
    return any(entry.root == root for entry in bundle.spec.kinds)


def _namespaces(bundle: Bundle) -> set[str]:
    return {bundle.spec.namespace, *(entry.namespace for entry in bundle.spec.kinds if entry.namespace)}
