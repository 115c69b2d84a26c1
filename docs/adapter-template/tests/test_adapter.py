"""What comes out of a message, and what an answer means."""

import pytest
from amtsbote_musterkasse.adapter import vorgang
from amtsbote_musterkasse.transport import outcome_of

from gateway.core.outcome import Delivered, Failed, Rejected, Unclear
from gateway.testing import consignment_of, samples_of


def test_a_dog_is_registered_in_the_words_of_the_system() -> None:
    (sample,) = samples_of("finance", "hundesteueranmeldung-voll")
    dispatch = vorgang(consignment_of(sample.read_bytes()))
    assert dispatch is not None
    assert dispatch.fields is not None
    daten = dispatch.fields["daten"]
    assert isinstance(daten, dict)
    assert set(daten) == {"hund", "haltung"}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"OK HST-1\n", Delivered),
        (b"NO S030\n", Rejected),
        (b"BUSY 60\n", Failed),
        (b"", Unclear),
        (b"Frau Geheim\n", Unclear),
    ],
)
def test_every_answer_has_its_outcome(line: bytes, kind: type) -> None:
    outcome = outcome_of(line)
    assert isinstance(outcome, kind)
    assert "Geheim" not in repr(outcome)
