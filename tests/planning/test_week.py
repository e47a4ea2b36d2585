"""The week at a glance: from Monday on, what was chosen, whatever became of it."""

from datetime import timedelta

from domain.posts import ContentPost, PostStatus
from planning.drafting import judged_lately
from planning.week import week_frame, week_of, week_sheet
from storage.blobs import Blobs
from storage.ledger import approvals, posts
from storage.ledger.approvals import Approval, Decision
from tests.planning.conftest import MORNING

DAY = timedelta(days=1)
WEDNESDAY = MORNING + (2 - MORNING.weekday()) * DAY


def kept(ledger, brand, name, *, days, decision=None, status=PostStatus.GENERATED, text="Wool."):
    """A draft whose slot is so many days after Wednesday."""
    post = ContentPost(
        id=name, brand=brand.name, text=text, platforms=("x",), status=status,
        scheduled_for=WEDNESDAY + days * DAY, brand_voice=brand.voice, generated_by="composer",
    )  # fmt: skip
    with ledger.transaction() as connection:
        posts.save(connection, post, key=name, actor="composer", now=MORNING)
        if decision:
            approvals.decide(connection, Approval(name, 1, decision, "policy", "-", MORNING))


def ids(ledger, brand):
    with ledger.reading() as connection:
        return [post.id for post in week_of(connection, brand, now=WEDNESDAY)]


def test_a_week_begins_on_monday_and_ends_with_what_is_planned(ledger, brand):
    for days in (-3, -2, 0, 4, 9):
        kept(ledger, brand, f"{days}", days=days, status=PostStatus.SCHEDULED)
    assert ["-2", "0", "4", "9"] == ids(ledger, brand)


def test_what_waits_for_a_person_is_in_it_and_what_was_left_over_is_not(ledger, brand):
    kept(ledger, brand, "held", days=1, decision=Decision.HELD)
    kept(ledger, brand, "undecided", days=1)
    kept(ledger, brand, "left over", days=1, status=PostStatus.ARCHIVED)
    assert ["held"] == ids(ledger, brand)
    with ledger.reading() as connection:
        found = week_of(connection, brand, now=WEDNESDAY)
    assert [("held", "words", "x")] == week_frame(brand, found).select(
        "state", "shown as", "platforms"
    ).rows()


def test_a_week_without_pictures_is_shown_in_words_in_any_script(ledger, brand, tmp_path):
    assert week_sheet(brand, [], Blobs(tmp_path)) is None
    kept(ledger, brand, "one", days=0, status=PostStatus.SCHEDULED, text="\u65e5\u672c")
    with ledger.reading() as connection:
        found = week_of(connection, brand, now=WEDNESDAY)
    assert (week_sheet(brand, found, Blobs(tmp_path)) or b"").startswith(b"\x89PNG")


def test_verdicts_are_shown_of_what_waits_and_of_a_week(ledger, brand):
    kept(ledger, brand, "waits for long", days=-30)
    kept(ledger, brand, "out for long", days=-30, status=PostStatus.PUBLISHED)
    kept(ledger, brand, "out lately", days=-6, status=PostStatus.PUBLISHED)
    kept(ledger, brand, "to come", days=20, status=PostStatus.SCHEDULED)
    with ledger.reading() as connection:
        found = [post.id for post in judged_lately(connection, now=WEDNESDAY)]
    assert ["out lately", "to come", "waits for long"] == sorted(found)
