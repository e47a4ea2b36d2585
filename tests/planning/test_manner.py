"""Each draft tells how far it is from what its own brand let go out."""

from datetime import timedelta

import pytest

from domain.posts import ContentPost, PostStatus
from planning.manner import draft_distances
from planning.tables import drafts_frame
from storage.ledger import posts
from tests.planning.conftest import MORNING

CALM = [f"Our wool comes from {number} farms. We weave it in Cumbria." for number in range(12)]
LOUD = "WOW!!! Wool!!! Buy? Buy! Now! #wool #sale #now #wow"


def keep(ledger, brand, key, text, *, status, days=0):
    made = ContentPost(
        id=key, brand=brand, text=text, platforms=("x",), status=status, brand_voice={},
        scheduled_for=MORNING + timedelta(days=days), generated_by="test",
    )  # fmt: skip
    with ledger.transaction() as connection:
        posts.save(connection, made, key=key, actor="test", now=MORNING)
    return made


@pytest.fixture
def drafts(ledger):
    """A calm and a loud draft of a calm brand, and one of a brand that has let nothing go yet."""
    for number, text in enumerate(CALM):
        keep(ledger, "loom", f"p{number}", text, status=PostStatus.PUBLISHED, days=-number - 1)
    texts = {"calm": "Our yarn comes from 4 mills. We spin it in Kendal.", "loud": LOUD}
    own = [
        keep(ledger, "loom", key, text, status=PostStatus.GENERATED) for key, text in texts.items()
    ]
    return [*own, keep(ledger, "new", "first", LOUD, status=PostStatus.GENERATED)]


def test_a_draft_tells_its_distance_to_what_its_brand_let_go_out(ledger, drafts):
    with ledger.reading() as connection:
        far = draft_distances(connection, drafts)
    assert far["calm"] < 0.15 < 0.5 < far["loud"]
    assert far["first"] is None


def test_the_table_of_drafts_has_the_distance_of_each(ledger, drafts):
    with ledger.reading() as connection:
        far = draft_distances(connection, drafts)
    table = drafts_frame(drafts, far)
    assert [far[key] for key in ("calm", "loud", "first")] == table["distance"].to_list()
