"""Pictures that look like known works, or like what the brand showed a while ago."""

from domain.brand import Work
from domain.compliance import Verdict
from domain.media import MediaAsset
from domain.rules import policy_version
from domain.rules.context import Draft
from domain.rules.likeness import known_works, repeated_picture
from tests.domain.test_rules import WATER

PHOTO = "f0" * 32
PRESSED = "f1" + "f0" * 31
OTHER = "0f" * 32


def draft(likeness, *, made_by="person", works=(), shown=()):
    asset = MediaAsset(
        id="a", kind="image", sha256="0" * 64, mime_type="image/jpeg", bytes=9, width=9, height=9,
        alt_text="A spring.", made_by=made_by, likeness=likeness,
    )  # fmt: skip
    terms = WATER.terms.model_copy(update={"works": works})
    brand = WATER.model_copy(update={"terms": terms})
    return Draft(
        text="Wasser.", brand=brand, facts=(), platforms=(), language="de", media=(asset,),
        shown_lately=shown,
    )  # fmt: skip


def test_a_copy_of_a_known_work_is_blocked_with_its_name():
    works = (Work(title="Sprudelkönig, Sommer", likeness=PHOTO),)

    for picture in (PHOTO, PRESSED):
        check = known_works(draft(picture, works=works))
        assert (Verdict.BLOCK, "a picture looks like Sprudelkönig, Sommer") == (
            check.verdict,
            check.evidence,
        )
        assert "licence" in check.remedy
    assert Verdict.PASS is known_works(draft(OTHER, works=works)).verdict


def test_a_picture_that_was_shown_lately_is_held_and_a_card_is_not():
    shown = (("post-1", PHOTO),)

    check = repeated_picture(draft(PRESSED, shown=shown))
    assert (Verdict.HOLD, "the picture of post-1 is shown again") == (check.verdict, check.evidence)
    assert Verdict.PASS is repeated_picture(draft(OTHER, shown=shown)).verdict
    assert Verdict.PASS is repeated_picture(draft(PHOTO, made_by="card", shown=shown)).verdict


def test_a_picture_without_a_hash_is_no_copy():
    assert (
        Verdict.PASS is known_works(draft(None, works=(Work(title="W", likeness=PHOTO),))).verdict
    )


def test_the_works_are_part_of_the_policy_s_version():
    assert policy_version(WATER) != policy_version(draft(None, works=(
        Work(title="W", likeness=PHOTO),
    )).brand)  # fmt: skip


def test_pictures_in_one_colour_are_no_copies_of_each_other():
    flat = "8" + "0" * 63
    assert Verdict.PASS is repeated_picture(draft(flat, shown=(("post-1", flat),))).verdict
    works = (Work(title="Black Square", likeness=flat),)
    assert Verdict.PASS is known_works(draft(flat, works=works)).verdict
