"""`amsel review`: a person sees the drafts that wait, and lets them go out or not."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.review import _row, app
from cli.versions import shown
from domain.brand import ApprovalRule
from domain.errors import InputError, PolicyError, StateError, StoreError
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from domain.rechecking import checked
from domain.schedule import PlatformSchedule, Strategy
from planning.review import approve, edit, reject
from planning.slots import KIND
from planning.versions import versions_of, word_diff
from planning.waiting import expire, expired, waiting
from storage.brand_files import load_brand
from storage.ledger import approvals, brands, choices, deliveries, posts
from storage.ledger.approvals import Approval, Decision
from storage.ledger.choices import Choice
from storage.ledger.database import Ledger
from storage.ledger.judgements import by_people
from tests.cli.conftest import write_brand

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SLOT = NOON + timedelta(hours=5)
TEXT = "Our soap is made of olive oil, and we like it that way."


def hold(
    ledger: Ledger, folder: Path, *, slot: datetime = SLOT, text: str = TEXT, **approval: object
) -> str:
    """Keep a draft for a planned slot, held by the policy; its id."""
    file = load_brand(write_brand(folder))
    brand = file.model_copy(update={"approval": ApprovalRule.model_validate(approval)})
    chosen = {
        "day": str(date(2026, 3, 2)),
        "rank": 1,
        "local_time": "2026-03-02T18:00",
        "time_zone": "Europe/Berlin",
        "strategy": Strategy.OPTIMAL.value,
        "reasoning": "people are awake",
    }
    draft = ContentPost(
        id="post-1",
        brand="acme",
        text=text,
        platforms=(Platform.X,),
        status=PostStatus.GENERATED,
        topic="soap",
        brief_id="acme:2026-03-02:1",
        scheduled_for=slot,
        brand_voice=brand.voice,
        generated_by="composer",
        prompt_version="phrases_v3",
        input_tokens=1000,
        output_tokens=100,
        cost_cents=0.14,
    )
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=NOON)
        choices.log(
            connection,
            Choice(
                id="x:acme:2026-03-02:1",
                kind=KIND,
                brand="acme",
                account="x:acme",
                chosen=slot.isoformat(),
                propensity=0.5,
                policy="thompson",
                candidates=[chosen],
                decided_at=NOON,
            ),
        )
        posts.save(
            connection, checked(draft, brand, at=slot), key=draft.id, actor="composer", now=NOON
        )
        held = Approval(draft.id, 1, Decision.HELD, "policy", "quality 0.40 is below 0.60", NOON)
        approvals.decide(connection, held)
    return draft.id


@pytest.fixture
def ledger(ledger_url: str):
    made = Ledger(ledger_url)
    yield made
    made.close()


def stored(ledger: Ledger, post_id: str):
    with ledger.reading() as connection:
        return posts.load(connection, post_id), deliveries.list(connection)


def test_an_approved_draft_is_scheduled_in_its_slot(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    (shown,) = waiting(ledger, brand="acme")
    assert "quality 0.40 is below 0.60" == shown.reason

    approve(ledger, post_id, actor="anna", now=NOON)

    post, (delivery,) = stored(ledger, post_id)
    assert (PostStatus.SCHEDULED, 1) == (post.status, post.version)
    assert ("x:acme", SLOT, TEXT) == (delivery.account, delivery.due_at, delivery.payload.text)
    assert [] == waiting(ledger)
    with ledger.reading() as connection:
        assert "anna" == approvals.decision(connection, post_id, version=1).actor


def test_an_edit_is_a_new_version_with_its_own_verdicts_and_goes_out(
    ledger, tmp_path: Path
) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    edit = "Olive oil makes our soap mild. https://acme.example/soap #soap"

    approve(ledger, post_id, actor="anna", now=NOON, text=edit)

    post, (delivery,) = stored(ledger, post_id)
    assert (2, edit, ("soap",)) == (post.version, post.text, post.hashtags)
    assert ("https://acme.example/soap", 2) == (post.link, delivery.post_version)
    with ledger.reading() as connection:
        assert [TEXT, edit] == [version.text for version in posts.versions(connection, post_id)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A miracle of olive oil.", "banned_terms: miracle"),
        ("Our soap costs 12 euros.", "numbers: .*add the fact to the brand file"),
        ("Our soap is here: https://evil.example/", "links: "),
        ("soap " * 80, "length: "),
    ],
)
def test_an_edit_that_a_rule_blocks_is_refused_and_changes_nothing(
    ledger, tmp_path: Path, text: str, said: str
) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    before = stored(ledger, post_id)
    with pytest.raises(PolicyError, match=said):
        approve(ledger, post_id, actor="anna", now=NOON, text=text)
    assert before == stored(ledger, post_id)
    assert 1 == len(waiting(ledger))


def test_a_draft_whose_fact_left_the_brand_file_is_refused(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands", text="Our soap holds 90 grams of olive oil.")
    with pytest.raises(PolicyError, match="numbers: 90 grams"):
        approve(ledger, post_id, actor="anna", now=NOON)


def test_a_slot_that_has_passed_asks_for_a_new_instant(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands", expires_with_slot=False)
    late, later = SLOT + timedelta(hours=1), SLOT + timedelta(hours=3)
    with pytest.raises(StateError, match=r"last slot was 2026-03-02T17:00Z.*--at"):
        approve(ledger, post_id, actor="anna", now=late)
    with pytest.raises(InputError, match="has passed"):
        approve(ledger, post_id, actor="anna", now=late, at=SLOT)

    approve(ledger, post_id, actor="anna", now=late, at=later)

    _, (delivery,) = stored(ledger, post_id)
    assert (later, "2026-03-02T21:00") == (delivery.due_at, delivery.local_time)


def test_a_rejected_draft_is_put_away_with_the_reason(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    reject(ledger, post_id, actor="anna", now=NOON, reason="not us")

    post, planned = stored(ledger, post_id)
    assert (PostStatus.ARCHIVED, ()) == (post.status, planned)
    with ledger.reading() as connection:
        decision = approvals.decision(connection, post_id, version=1)
    assert (Decision.REJECTED, "not us") == (decision.decision, decision.reason)


def put_away(ledger: Ledger, *, now: datetime) -> list[str]:
    with ledger.transaction() as connection:
        (brand,) = brands.all(connection)
        return [post.id for post in expire(connection, brand, now=now)]


@pytest.mark.parametrize(
    ("approval", "until"),
    [
        ({}, SLOT),
        ({"expires_after": "2h"}, NOON + timedelta(hours=2)),
        ({"expires_after": "3d"}, SLOT),
        ({"expires_after": "3d", "expires_with_slot": False}, NOON + timedelta(days=3)),
    ],
)
def test_a_draft_that_nobody_decided_about_in_time_is_put_away_for_good(
    ledger, tmp_path: Path, approval: dict, until: datetime
) -> None:
    post_id = hold(ledger, tmp_path / "brands", **approval)
    assert [until] == [one.expires_at for one in waiting(ledger)]
    assert [] == put_away(ledger, now=until - timedelta(seconds=1))
    assert [post_id] == put_away(ledger, now=until)

    post, planned = stored(ledger, post_id)
    assert (PostStatus.ARCHIVED, (), []) == (post.status, planned, waiting(ledger))
    ((_, decision),) = expired(ledger, brand="acme")
    assert (Decision.EXPIRED, "policy") == (decision.decision, decision.actor)
    assert f"nobody decided by {until:%Y-%m-%dT%H:%MZ}" in decision.reason
    with pytest.raises(StateError, match="expired: nobody decided"):
        approve(ledger, post_id, actor="anna", now=until, at=until + timedelta(days=9))


def test_a_draft_that_is_too_late_is_refused_before_anybody_has_put_it_away(
    ledger, tmp_path: Path
) -> None:
    post_id = hold(ledger, tmp_path / "brands", expires_after="2h")
    with pytest.raises(StateError, match=r"expired at 2026-03-02T14:00Z.*plan it anew"):
        approve(ledger, post_id, actor="anna", now=NOON + timedelta(hours=2))


def test_without_a_limit_a_draft_waits_for_ever(ledger, tmp_path: Path) -> None:
    hold(ledger, tmp_path / "brands", expires_with_slot=False)
    assert [] == put_away(ledger, now=NOON + timedelta(days=400))
    assert [None] == [one.expires_at for one in waiting(ledger)]


def test_who_edited_a_text_does_not_approve_it_where_the_brand_wants_another(
    ledger, tmp_path: Path
) -> None:
    post_id = hold(ledger, tmp_path / "brands", by_another=True)
    words = "Olive oil makes our soap mild."
    with pytest.raises(PolicyError, match="amsel review edit post-1"):
        approve(ledger, post_id, actor="anna", now=NOON, text=words)
    edit(ledger, post_id, actor="anna", now=NOON, text=words)
    with pytest.raises(PolicyError, match=r"anna wrote version 2 of post-1.*ask somebody else"):
        approve(ledger, post_id, actor="anna", now=NOON)

    approve(ledger, post_id, actor="ben", now=NOON)

    post, (delivery,) = stored(ledger, post_id)
    assert (2, words, words) == (post.version, post.text, delivery.payload.text)


def test_where_the_brand_wants_another_a_machines_text_is_approved_by_anybody(
    ledger, tmp_path: Path
) -> None:
    post_id = hold(ledger, tmp_path / "brands", by_another=True)
    approve(ledger, post_id, actor="anna", now=NOON)
    assert PostStatus.SCHEDULED == stored(ledger, post_id)[0].status


def test_an_edit_waits_and_says_who_made_it(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    with pytest.raises(PolicyError, match="banned_terms: miracle"):
        edit(ledger, post_id, actor="anna", now=NOON, text="A miracle of olive oil.")
    edit(ledger, post_id, actor="anna", now=NOON, text="Olive oil makes our soap mild.")
    (one,) = waiting(ledger)
    assert (2, "edited by anna") == (one.post.version, one.reason)


def test_what_is_paid_for_says_so_in_its_text_and_to_the_platform(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    with ledger.transaction() as connection:
        paid = brands.load(connection, "acme").model_copy(update={"paid_partnership": True})
        brands.save(connection, paid, now=NOON)
    with pytest.raises(PolicyError, match="disclosure: a paid partnership without a label"):
        approve(ledger, post_id, actor="anna", now=NOON)

    approve(ledger, post_id, actor="anna", now=NOON, text=f"Anzeige: {TEXT}")

    assert [True] == [each.payload.paid_partnership for each in stored(ledger, post_id)[1]]


def test_what_nobody_pays_for_is_no_partnership(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    approve(ledger, post_id, actor="anna", now=NOON)
    assert [False] == [each.payload.paid_partnership for each in stored(ledger, post_id)[1]]


def test_what_does_not_wait_cannot_be_decided_about(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    approve(ledger, post_id, actor="anna", now=NOON)
    with pytest.raises(
        StateError, match=r"is scheduled and does not wait.*amsel review edit post-1"
    ):
        approve(ledger, post_id, actor="ben", now=NOON)
    with pytest.raises(StateError, match="does not wait"):
        reject(ledger, post_id, actor="ben", now=NOON, reason="late")
    with pytest.raises(StoreError, match="knows no post 'nothing'"):
        approve(ledger, "nothing", actor="ben", now=NOON)


def test_the_command_lists_why_a_draft_waits_and_settles_it(home: Path, brands: Path) -> None:
    url = f"sqlite:///{home / 'ledger.db'}"
    ledger = Ledger(url)
    ledger.upgrade()
    hold(ledger, brands, slot=datetime.now(UTC) + timedelta(days=1), text=f"{TEXT}\x1b[31m")
    ledger.close()

    shown = CliRunner().invoke(app, []).stdout
    assert ("quality 0.40" in shown, "\x1b" in shown) == (True, False)
    (row,) = json.loads(CliRunner().invoke(app, ["--json"]).stdout)
    took = [row[name] for name in ("prompt_version", "input_tokens", "output_tokens", "cost_cents")]
    assert ["phrases_v3", 1000, 100, 0.14] == took
    shown = CliRunner().invoke(app, []).stdout
    assert "written by composer (phrases_v3, 1000 tokens in, 100 out, 0.140 cents)" in shown
    assert ("post-1", ["x:acme"]) == (row["id"], [slot["account"] for slot in row["slots"]])

    assert row["confidence"].startswith("uncalibrated (quality ")
    assert ("low", True) == (row["risk"], "no link" in row["risk_why"])
    assert (None, None) == (row["distance"], row["let_go_unchanged"])

    done = CliRunner().invoke(app, ["approve", "post-1", "--text", TEXT])
    assert (0, True) == (done.exit_code, "version 2 goes out on x:acme" in done.stdout)
    assert "changes its text; approved by" in CliRunner().invoke(app, ["versions", "post-1"]).stdout
    history = json.loads(CliRunner().invoke(app, ["versions", "post-1", "--json"]).stdout)
    assert [1, 2] == [each["version"] for each in history]
    assert "Nothing waits." in CliRunner().invoke(app, []).stdout


def test_the_schedule_of_an_approval_names_who_chose_the_instant(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    done = approve(ledger, post_id, actor="anna", now=NOON, at=SLOT + timedelta(minutes=5))
    schedules: list[PlatformSchedule] = [slot.schedule for slot in done.slots]
    assert ["anna chose this instant"] == [schedule.reasoning for schedule in schedules]


def test_the_command_tells_what_expired(home: Path, brands: Path) -> None:
    ledger = Ledger(f"sqlite:///{home / 'ledger.db'}")
    ledger.upgrade()
    hold(ledger, brands, slot=datetime.now(UTC) - timedelta(minutes=1))
    ledger.close()

    shown = CliRunner().invoke(app, []).stdout
    assert ("Nothing waits." in shown, "1 waited too long" in shown) == (True, True)
    (row,) = json.loads(CliRunner().invoke(app, ["--expired", "--json"]).stdout)
    assert ("post-1", "expired") == (row["id"], row["state"])
    assert "nobody decided by" in CliRunner().invoke(app, ["--expired"]).stdout


def test_a_waiting_draft_says_in_what_it_differs_from_the_others(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    with ledger.transaction() as connection:
        draft = posts.load(connection, post_id)
        named = draft.model_copy(update={"angle": "question", "difference": "hook: asks"})
        posts.save(connection, named, key=post_id, actor="composer", now=NOON)
    row = _row(waiting(ledger)[0])
    assert ("a", "question", "hook: asks") == (row["variant"], row["angle"], row["difference"])

    edit(ledger, post_id, actor="anna", now=NOON, text="Our soap is mild. Olive oil makes it so.")
    row = _row(waiting(ledger)[0])
    assert ("", "") == (row["angle"], row["difference"])


def test_versions_stand_side_by_side_with_who_when_and_why(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    later = NOON + timedelta(hours=1)
    edit(ledger, post_id, actor="anna", now=later, text=TEXT.replace("olive oil", "lard"))
    first, second = versions_of(ledger, post_id)
    assert ("composer", "anna") == (first.actor, second.actor)
    assert (NOON, later) == (first.made_at, second.made_at)
    assert "written by composer; held by policy: quality 0.40 is below 0.60" == first.why
    assert "changes its text; held by anna: edited by anna" == second.why
    assert [("olive oil, ", "lard, ")] == [
        (piece.before, piece.after) for piece in second.pieces if piece.is_change
    ]
    told = "\n".join(shown(second))
    assert "[-olive oil,-]" in told
    assert "{+lard,+}" in told


@pytest.mark.parametrize(
    ("before", "after"),
    [("a b c", "a x c"), ("", "all new"), ("all gone", ""), ("one\n\ntwo", "one two"), ("é", "é")],
)
def test_the_pieces_of_a_diff_make_up_both_texts(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert before == "".join(piece.before for piece in pieces)
    assert after == "".join(piece.after for piece in pieces)


def test_versions_of_no_post_are_refused(ledger) -> None:
    with pytest.raises(StoreError, match="knows no post 'nobody'"):
        versions_of(ledger, "nobody")


@pytest.mark.parametrize(
    ("text", "is_unchanged"), [(None, True), ("Olive oil makes our soap mild.", False)]
)
def test_only_an_approval_without_an_edit_speaks_for_the_draft(
    ledger, tmp_path: Path, text: str | None, is_unchanged: bool
) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    approve(ledger, post_id, actor="anna", now=NOON, text=text)
    with ledger.reading() as connection:
        (found,) = by_people(connection, policy="policy", brand="acme")
    assert is_unchanged == found.is_unchanged
