"""A person at a post that says something else on one of its platforms."""

from datetime import timedelta

import pytest

from cli.versions import shown
from domain.deliveries import NewDelivery
from domain.errors import InputError, PolicyError
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from domain.rechecking import checked
from insights.gallery import told_on
from planning.redrawing import Edit
from planning.review import edit
from planning.scheduling import payload_of
from planning.tables import drafts_frame
from planning.versions import versions_of
from planning.week import week_frame
from storage.brand_files import load_brands
from storage.ledger import approvals, brands, deliveries, posts
from storage.ledger.approvals import Approval, Decision
from tests.planning.conftest import BRANDS, MORNING

pytestmark = pytest.mark.usefixtures("planned_post")
HOUR = timedelta(hours=1)
SHORT = "Unser Wasser kommt aus 184 Metern Tiefe."
LONG = f"{SHORT}\n\nRund 40 Jahre braucht der Regen durch das Gestein."
NEW = f"{LONG}\n\nHättet ihr das gedacht?"


@pytest.fixture
def planned_post(ledger):
    """A post with a text of its own for LinkedIn, planned on two accounts."""
    brand = load_brands(BRANDS)["bergquell"]
    post = ContentPost(
        id="p1", brand=brand.name, text=SHORT, adaptations={Platform.LINKEDIN: LONG},
        platforms=(Platform.X, Platform.LINKEDIN), status=PostStatus.SCHEDULED, topic="wasser",
        language="de", scheduled_for=MORNING + HOUR, brand_voice=brand.voice,
        generated_by="composer",
    )  # fmt: skip
    draft = checked(post, brand, at=MORNING + HOUR)
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=MORNING)
        posts.save(connection, draft, key="p1", actor="composer", now=MORNING)
        yes = Approval("p1", 1, Decision.APPROVED, "policy", "-", MORNING)
        approvals.decide(connection, yes)
        for platform in post.platforms:
            new = NewDelivery(
                key=f"p1:{platform}", brand=brand.name, platform=platform,
                account=f"{platform}:bergquell", payload=payload_of(draft, platform),
                due_at=MORNING + HOUR, post_id="p1", post_version=1,
            )  # fmt: skip
            deliveries.plan(connection, new, now=MORNING)


def changed(ledger, text, platform=None):
    with ledger.reading() as connection:
        now = posts.load(connection, "p1")
    change = Edit(text, now.version, now.media, platform=platform)
    return edit(ledger, "p1", actor="anna", now=MORNING, text=change)


def planned(ledger):
    with ledger.reading() as connection:
        return {one.platform: one.payload.text for one in deliveries.list(connection)}


def test_a_person_changes_the_text_of_one_platform_and_the_others_keep_theirs(ledger):
    post = changed(ledger, NEW, Platform.LINKEDIN)
    assert (2, SHORT, NEW) == (post.version, post.text, post.text_for(Platform.LINKEDIN))
    assert {Platform.X: SHORT, Platform.LINKEDIN: NEW} == planned(ledger)


def test_a_new_main_text_takes_the_others_with_it(ledger):
    post = changed(ledger, f"{SHORT} Gut so.")
    assert {} == post.adaptations
    assert {f"{SHORT} Gut so."} == set(planned(ledger).values())


def test_the_main_text_again_takes_the_others_with_it_and_is_a_new_version(ledger):
    assert (2, {}) == (changed(ledger, SHORT).version, changed(ledger, SHORT).adaptations)


def test_a_text_of_one_platform_that_a_rule_blocks_is_refused(ledger):
    with pytest.raises(PolicyError, match="numbers: on linkedin: 777"):
        changed(ledger, f"{LONG} Das sind 777 Stufen.", Platform.LINKEDIN)
    assert LONG == planned(ledger)[Platform.LINKEDIN]


def test_a_platform_that_the_post_does_not_go_to_is_named(ledger):
    with pytest.raises(InputError, match="does not go to mastodon; it goes to x, linkedin"):
        changed(ledger, NEW, Platform.MASTODON)


def test_versions_show_what_was_changed_on_which_platform(ledger):
    changed(ledger, NEW, Platform.LINKEDIN)
    first, second = versions_of(ledger, "p1")
    assert [("linkedin", LONG)] == [
        (where, "".join(piece.after for piece in pieces)) for where, pieces in first.elsewhere
    ]
    assert second.why.startswith("changes its text on some platforms; approved by anna")
    lines = "\n".join(shown(second))
    assert "on linkedin" in lines
    assert "{+Gestein. Hättet ihr das gedacht?+}" in " ".join(lines.split())


def test_who_changed_one_platforms_text_is_an_author_of_it(ledger):
    changed(ledger, NEW, Platform.LINKEDIN)
    with ledger.reading() as connection:
        assert {"anna"} == posts.authors(connection, posts.load(connection, "p1"))


def test_a_gallery_names_the_platforms_of_each_text(ledger):
    with ledger.reading() as connection:
        post = posts.load(connection, "p1")
    assert [("x", SHORT), ("linkedin", LONG)] == told_on(post, post.platforms)
    assert [("linkedin", LONG)] == told_on(post, (Platform.LINKEDIN,))


def test_tables_of_drafts_and_of_the_week_show_every_text(ledger):
    brand = load_brands(BRANDS)["bergquell"]
    with ledger.reading() as connection:
        post = posts.load(connection, "p1")
    assert [f"On linkedin: {LONG}"] == drafts_frame([post])["adapted"].to_list()
    assert [("x", SHORT), ("linkedin", LONG)] == week_frame(brand, [post]).select(
        "platforms", "text"
    ).rows()
