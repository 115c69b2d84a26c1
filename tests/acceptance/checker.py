"""Checker: holds what the portal was told against what the specialist systems received. It knows no table of ours."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import inf
from typing import Any

from tests.acceptance.letters import Letter

Received = Mapping[str, Sequence[Mapping[str, Any]]]
"""By system: one entry per delivery id, as the sandbox's `GET /sandbox/received` gives them."""


@dataclass
class Ledger:
    """What was acknowledged with a 202, written down by whoever got it."""

    letters: dict[str, Letter] = field(default_factory=dict)
    """By the id in the receipt, in the order in which the portal got it."""
    late: set[str] = field(default_factory=set)
    """Ids that the portal learned by coming again, because the answer to an earlier submission had not reached it."""

    def acknowledged(self, id: str, letter: Letter, *, replayed: bool = False) -> None:
        """Note a 202. `replayed`: it says that this message was accepted before."""
        if replayed and id not in self.letters:
            self.late.add(id)
        known = self.letters.setdefault(id, letter)
        assert known.uuid == letter.uuid, "one id was given to two messages"


@dataclass(frozen=True)
class Account:
    """What became of letters, in numbers. `owed` and all behind it are deliveries, not messages."""

    accepted: int
    owed: int
    delivered: int
    lost: int
    doubled: int
    """Effects beyond the first of a delivery, and deliveries beyond those that are owed."""
    recognised: int
    """Repetitions that a system recognised: allowed at any time."""
    refused: int
    unexpected: int
    """Effects of messages that nobody was told to be accepted."""
    out_of_order: int = 0
    """Deliveries of a case that had their effect before one that was acknowledged earlier."""
    acknowledged_late: int = 0
    """Messages that were accepted by a submission whose answer never reached the portal; it came again."""

    @property
    def settled(self) -> bool:
        """Everything has arrived, once, and the messages of a case in their order."""
        return self.lost == self.doubled == self.unexpected == self.out_of_order == 0


def account(ledger: Ledger, received: Received, of: Iterable[Letter] | None = None) -> Account:
    """The account of some of a ledger's letters, by default of all."""
    wanted = {letter.uuid for letter in (ledger.letters.values() if of is None else of)}
    names = {id: letter.uuid for id, letter in ledger.letters.items()}
    names |= {uuid: uuid for uuid in names.values()}
    arrivals: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    unexpected = 0
    for system, tallies in received.items():
        for tally in tallies:
            # A system names a message by its UUID or by the gateway's id, whichever its wire carries.
            uuid = names.get(tally["message"])
            if uuid is None:
                unexpected += tally["effects"]
            else:
                arrivals.setdefault((uuid, system), []).append(tally)
    owed = {
        (letter.uuid, system): number
        for letter in ledger.letters.values()
        if letter.uuid in wanted
        for system, number in letter.systems.items()
    }
    seen = {place: tallies for place, tallies in arrivals.items() if place[0] in wanted}
    effects = {place: [each["effects"] for each in tallies] for place, tallies in seen.items()}
    with_effect = {place: sum(number > 0 for number in numbers) for place, numbers in effects.items()}
    delivered = sum(min(number, with_effect.get(place, 0)) for place, number in owed.items())
    return Account(
        accepted=sum(letter.uuid in wanted for letter in ledger.letters.values()),
        owed=sum(owed.values()),
        delivered=delivered,
        lost=sum(owed.values()) - delivered,
        doubled=sum(map(sum, effects.values())) - delivered,
        recognised=sum(each["repeated"] for tallies in seen.values() for each in tallies),
        refused=sum(each["refused"] for tallies in seen.values() for each in tallies),
        unexpected=unexpected,
        out_of_order=_out_of_order(ledger, seen, wanted),
        acknowledged_late=sum(ledger.letters[id].uuid in wanted for id in ledger.late),
    )


def _out_of_order(
    ledger: Ledger, seen: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]], wanted: AbstractSet[str]
) -> int:
    """How many deliveries overtook one of the same case and system that was acknowledged before them."""
    cases: dict[tuple[str, str], list[float]] = {}
    for letter in ledger.letters.values():
        for system in letter.systems if letter.case and letter.uuid in wanted else ():
            case = cases.setdefault((str(letter.case), system), [])
            case.append(_first_effect(seen.get((letter.uuid, system), ())))
    return sum(
        each < max(case[:place])
        for case in cases.values()
        for place, each in enumerate(case)
        if place and each != inf
    )


def _first_effect(tallies: Sequence[Mapping[str, Any]]) -> float:
    """Its place among all effects: the systems number them in one row, the number ends their reference. Without an
    effect, later than all others.
    """
    numbers = [float(each["reference"].rpartition("-")[2]) for each in tallies if each["effects"]]
    return min(numbers, default=inf)
