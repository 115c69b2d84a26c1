"""What the portal sees of a reply."""

from dataclasses import replace

from gateway.api.models import ReplyOut
from gateway.texts import Language
from tests.unit.api.fakes import FakeReplies


def test_a_reply_that_is_no_longer_kept_is_told_without_a_place_to_fetch_it() -> None:
    view = FakeReplies().view

    assert ReplyOut.of(view, Language.DE).content == f"/v1/messages/{view.message}/replies/{view.number}"
    assert ReplyOut.of(replace(view, kept=False), Language.DE).content is None
