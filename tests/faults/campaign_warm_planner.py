"""What the forkserver has ready besides where planners are killed: statistics, words, a studio."""

from datetime import UTC, datetime

import planning.briefing
import storage.lake_tables
from content.providers import composer
from domain.brand import Brand
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.rules import check_draft
from domain.rules.dictionary import is_word
from domain.writing import Brief
from tests.faults.campaign_stage import BRAND
from tests.faults.campaign_warm import keep

READY = (planning, storage.lake_tables, composer)


def read_the_rules():
    """Judge a post, so that the rules' patterns and the dictionary are there."""
    account = {"platform": "x", "handle": "warm", "time_zone": "UTC"}
    brand = Brand.model_validate(BRAND | {"accounts": [account]})
    order = Brief(
        id="warm",
        brand=brand.name,
        topic=brand.topics[0],
        why="so that its rules are ready",
        facts=brand.facts,
        platforms=(Platform.X,),
        language=brand.voice.language,
        due_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    post = ContentPost(
        id="warm",
        brand=brand.name,
        text="The kettle of 1931 was mended twice; see https://example.org #beer",
        platforms=order.platforms,
        brand_voice=brand.voice,
        generated_by="nobody",
    )
    check_draft(post, brand=brand, brief=order)
    is_word("bergquell", brand.voice.language)


read_the_rules()
keep()
