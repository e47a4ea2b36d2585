"""What the forkserver of the campaign has ready, so that a process starts at once.

The processes are real all the same: each is forked, opens its own ledger and connections, and dies
by itself. No thread and no connection is opened here, for neither outlives a fork.
"""

import atexit
import gc
from datetime import UTC, datetime

import cli.worker
import planning.briefing
import publishing.worker
import runtime.build
import runtime.connecting
import runtime.upkeep
import storage.lake_tables
from content.providers import composer
from domain.brand import Brand
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.rules import check_draft
from domain.rules.dictionary import is_word
from domain.writing import Brief
from publishing.platforms import registry
from publishing.platforms.egress import ssl_context
from tests.faults import campaign_cases
from tests.faults.campaign_stage import BRAND

READY = (
    *(cli.worker, planning.briefing, publishing.worker, registry, composer, campaign_cases),
    *(runtime.build, runtime.connecting, runtime.upkeep, storage.lake_tables),
)


def warm_up():
    """Read what every process would read anew: certificates, time zones, the rules' words."""
    ssl_context()
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
    text = "The kettle of 1931 was mended by Strelnikova; see https://example.org #beer"
    post = ContentPost(
        id="warm",
        brand=brand.name,
        text=text,
        platforms=order.platforms,
        brand_voice=brand.voice,
        generated_by="nobody",
    )
    check_draft(post, brand=brand, brief=order)
    is_word("bergquell", brand.voice.language)


warm_up()
gc.collect()
gc.freeze()  # what is here stays: no process looks through it, or gets pages of its own for that
atexit.register(gc.unfreeze)
