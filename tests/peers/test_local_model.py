"""A real small model on this machine, behind the wire that any model server speaks."""

from datetime import UTC, datetime

import httpx
import pytest

from content.brief_files import read_brief
from content.providers import local_model
from domain.errors import ConfigError, WriterGarbled, WriterUnavailable
from planning.briefing import open_briefs
from runtime.build import make_writers, read_brands
from runtime.settings import Settings
from storage.ledger import brands as served
from storage.ledger.approvals import Decision
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.planning.conftest import MORNING
from tests.planning.mornings import drafted, settled

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
BRIEF = "brand: northloom\ntopic: wool\nplatforms: [x]\nvariants: 2\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    try:
        local_model.find_model()
    except ConfigError as exc:
        pytest.skip(str(exc))
    with local_model.running(tmp_path_factory.mktemp("model") / "model.log") as address:
        yield address


@pytest.mark.timeout(600)
def test_what_a_real_model_answers_is_read_or_refused_by_name_and_costs_nothing(
    url, tmp_path, monkeypatch
):
    """So small a model often gives fewer texts than were ordered, or talks without an end."""
    for name, value in local_model.settings_for(url).items():
        monkeypatch.setenv(name, value)
    settings = Settings(home=tmp_path)
    brands = read_brands(settings)
    (tmp_path / "brief.yaml").write_text(BRIEF)
    brief = read_brief(tmp_path / "brief.yaml", brands=brands, now=NOW)
    writer = make_writers(settings)[0]

    for seed in (1, 2):
        try:
            written = writer.write(brief, brand=brands["northloom"], seed=seed, timeout=60)
        except WriterGarbled as refused:
            assert 0 == refused.cost_cents
            assert str(refused)
        except WriterUnavailable:
            continue
        else:
            assert all(variant.text.strip() for variant in written.variants)
            assert ("openai-compatible", 0) == (written.writer, written.cost_cents)
            assert written.input_tokens > 100
        return
    pytest.skip("this machine is too busy for the model: no answer within a minute, twice")


@pytest.mark.timeout(900)
def test_a_morning_that_the_model_writes_is_decided_to_its_end(url, tmp_path, monkeypatch):
    """What it writes is judged as any draft is; where it gives nothing the composer writes."""
    for name, value in local_model.settings_for(url).items():
        monkeypatch.setenv(name, value)
    settings = Settings(home=tmp_path)
    known = read_brands(settings)["northloom"]
    brand = known.model_copy(
        update={"posting": known.posting.model_copy(update={"posts_per_day": 3})}
    )
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=SteppingClock(MORNING))
    ledger.upgrade()
    with ledger.transaction() as connection:
        served.save(connection, brand, now=MORNING)

    drafts = drafted(ledger, brand, tmp_path, writers=make_writers(settings))
    decided = settled(ledger, brand)
    with ledger.reading() as connection:
        orders = open_briefs(connection, brand, now=MORNING)
    ledger.close()

    assert {order.id for order in orders} == {one.post.brief_id for one in decided}
    assert {one.decision for one in decided} <= {Decision.APPROVED, Decision.HELD}
    own = [draft for draft in drafts if draft.generated_by.startswith("openai-compatible/")]
    if not own:
        pytest.skip("this machine is too busy for the model: no answer of use within a minute")
    assert all(draft.compliance_checks and draft.quality for draft in own)


@pytest.mark.usefixtures("url")
def test_the_model_ends_with_whoever_started_it(tmp_path):
    with local_model.running(tmp_path / "model.log") as another:
        assert httpx.get(f"{another}/health").is_success

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{another}/health")


def test_without_the_model_it_is_said_how_to_have_one(monkeypatch, tmp_path):
    monkeypatch.setattr(local_model, "find_spec", lambda _: None)

    with (
        pytest.raises(ConfigError, match="make local"),
        local_model.running(tmp_path / "model.log"),
    ):
        pass
