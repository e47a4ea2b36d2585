"""What edits teach: proposed as changes of the brand file where enough of them agree."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.posts import PostStatus
from domain.rechecking import with_text
from insights.lessons import Edit, lessons
from storage.brand_files import load_brands
from storage.ledger import posts
from storage.ledger.database import Ledger
from tests.insights.test_manner import post

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LOOM = load_brands(Path(__file__).resolve().parents[2] / "brands")["northloom"]
EAGER = LOOM.model_copy(
    update={"voice": LOOM.voice.model_copy(update={"emojis": True, "max_hashtags": 3})}
)


def taught(*edits):
    return [(one.key, one.value) for one in lessons([Edit(*edit) for edit in edits], EAGER)]


@pytest.mark.parametrize(
    ("before", "after", "lesson"),
    [
        ("Soft wool 🐑", "Soft wool", ("voice.emojis", "false")),
        ("Wool #A1 #B2 #C3", "Wool #A1", ("voice.max_hashtags", "1")),
        ("Our iconic blanket", "Our blanket", ("terms.banned", "[…, iconic]")),
    ],
)
def test_three_edits_that_agree_are_a_lesson_and_two_are_not(before, after, lesson):
    assert [lesson] == taught(*[(before, after)] * 3)
    assert [] == taught(*[(before, after)] * 2)


def test_edits_that_do_not_agree_teach_nothing():
    kept = ("Soft wool 🐑 and our iconic blanket #A1 #B2", "Wool 🐑, our iconic blanket #A1 #B2")
    lost = ("Soft wool 🐑 and our iconic blanket #A1 #B2", "Soft wool and our blanket #A1")

    assert [] == taught(*[lost] * 3, *[kept] * 4)


def test_a_lesson_is_proposed_with_its_evidence():
    (lesson,) = lessons([Edit("Soft wool 🐑", "Soft wool")] * 4, EAGER)

    assert (
        "Your edits suggest voice.emojis: false in brands/northloom.yaml "
        "(4 of 4 edits took every emoji out)."
    ) == lesson.in_words("northloom")


def test_only_changes_of_a_text_by_people_are_edits(ledger_url):
    ledger = Ledger(ledger_url)
    ledger.upgrade()
    first = post(1, "Soft wool 🐑", status=PostStatus.GENERATED)
    labelled = with_text(first, "Soft wool 🐑 Made with AI").model_copy(update={"version": 2})
    edited = with_text(labelled, "Soft wool. Made with AI").model_copy(update={"version": 3})
    with ledger.transaction() as connection:
        for version, actor in ((first, "composer"), (labelled, "studio"), (edited, "anna")):
            posts.save(connection, version, key=version.id, actor=actor, now=NOW)
        found = posts.edits(connection, brand="loom", machines=("policy", "studio"))
        others = posts.edits(connection, brand="acme", machines=())

    assert [(labelled.text, edited.text)] == [(old.text, new.text) for old, new in found]
    assert [] == others
    ledger.close()
