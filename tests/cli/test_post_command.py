"""`amsel post`: posts written elsewhere, planned once, all of a file or none of it."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from cli import rules
from cli.post import _row
from domain.brand import Account, Work
from domain.errors import InputError
from domain.platforms import Platform
from planning.post_files import keep_media, read_posts
from planning.review import approve
from planning.waiting import waiting
from planning.written import plan_written
from sandbox import process
from storage.blobs import Blobs
from storage.brand_files import load_brand
from storage.ledger import brands as ledger_brands
from storage.ledger import deliveries, posts
from storage.ledger.approvals import Decision
from storage.ledger.database import Ledger
from tests.cli.conftest import write_brand
from tests.makers import clip

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
GOOD = "Our soap is made of olive oil, and we like it that way."
NEW_FACT = "Our soap is made of olive oil since 1873, and we like it."


def line(key: str, text: str = GOOD, **changes: Any) -> dict[str, Any]:
    row = {"key": key, "platform": "x", "account": "x:acme", "text": text, "at": SOON.isoformat()}
    return row | changes


def write(path: Path, *rows: Any) -> Path:
    texts = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


@pytest.fixture
def brand(tmp_path: Path):
    return load_brand(write_brand(tmp_path / "brands"))


@pytest.fixture
def ledger(ledger_url: str, brand):
    made = Ledger(ledger_url)
    with made.transaction() as connection:
        ledger_brands.save(connection, brand, now=SOON)
    yield made
    made.close()


def planned(ledger: Ledger):
    with ledger.reading() as connection:
        return deliveries.list(connection), posts.find(connection)


def test_a_good_line_is_planned_under_its_own_key_and_repeating_it_is_harmless(
    ledger, brand, tmp_path: Path
) -> None:
    lines = read_posts(write(tmp_path / "p.jsonl", line("k1"), line("k2", account="@acme")))
    first = plan_written(ledger, brand, lines, actor="anna")
    before = planned(ledger)
    again = plan_written(ledger, brand, lines, actor="anna")

    assert [Decision.APPROVED, Decision.APPROVED] == [one.decision for one in first]
    assert [None, None] == [one.decision for one in again]
    assert ["k1", "k2"] == sorted(delivery.key for delivery in before[0])
    assert [("x:acme", GOOD, SOON)] * 2 == [
        (one.account, one.payload.text, one.due_at) for one in before[0]
    ]
    assert before == planned(ledger)


def test_a_fact_that_nobody_knows_waits_for_a_person_and_goes_out_under_its_key(
    ledger, brand, tmp_path: Path
) -> None:
    lines = read_posts(write(tmp_path / "p.jsonl", line("k1", NEW_FACT)))
    (held,) = plan_written(ledger, brand, lines, actor="anna")
    assert (Decision.HELD, True) == (held.decision, "1873" in held.reason)
    assert () == planned(ledger)[0]
    (shown,) = waiting(ledger)
    assert ("k1", [SOON]) == (shown.post.id, [slot.schedule.due_at for slot in shown.slots])

    approve(ledger, "k1", actor="ben", now=SOON - timedelta(hours=1))
    (delivery,) = planned(ledger)[0]
    assert ("k1", NEW_FACT) == (delivery.key, delivery.payload.text)


def test_an_author_who_has_looked_lets_it_go_out(ledger, brand, tmp_path: Path) -> None:
    lines = read_posts(write(tmp_path / "p.jsonl", line("k1", NEW_FACT)))
    (done,) = plan_written(ledger, brand, lines, actor="anna", approve=True)
    assert (Decision.APPROVED, "anna") == (done.decision, done.actor)
    assert ["k1"] == [delivery.key for delivery in planned(ledger)[0]]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (line("k2", "A miracle soap, and we like it."), r":2: .*banned_terms: miracle"),
        (line("k2", "soap " * 80), r":2: .*length"),
        (line("k2", account="x:other"), r":2: account: acme has no account x:other; it has x:acme"),
        (line("k2", at="2020-01-01T00:00:00Z"), r":2: at: 2020-01-01T00:00:00Z has passed"),
        (line("taken", "Our soap floats."), r":2: key 'taken' stands in the ledger"),
    ],
)
@pytest.mark.parametrize("vouched", [False, True])
def test_one_line_that_may_not_go_out_keeps_the_whole_file_in(
    ledger, brand, tmp_path: Path, row: dict[str, Any], said: str, vouched: bool
) -> None:
    earlier = read_posts(write(tmp_path / "e.jsonl", line("taken")))
    plan_written(ledger, brand, earlier, actor="anna")
    before = planned(ledger)
    lines = read_posts(write(tmp_path / "p.jsonl", line("k1"), row))

    with pytest.raises(InputError, match=rf"p\.jsonl{said}"):
        plan_written(ledger, brand, lines, actor="anna", approve=vouched)
    assert before == planned(ledger)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{not json", ":2: no JSON"),
        ("[1]", ":2: the line: "),
        (line("k2", platform="myspace"), ":2: platform: input should be 'x'"),
        (line("k2", at="2030-01-01T00:00:00"), ":2: at: has no time zone"),
        (line("k2", at="tomorrow"), ":2: at: input should be a valid datetime"),
        (line("k2", colour="red"), ":2: colour: is no field of a post"),
        ({"key": "k2"}, ":2: platform: is missing"),
        (line("k2", media=["no.png"]), ":2: media: .*no.png cannot be read: No such file"),
        (line("k2", media=["p.jsonl"]), ":2: media: p.jsonl is neither a picture nor a clip"),
        (line("k1", "Another text."), ":2: key 'k1' stands on .*:1 with other content"),
        (line("", "text"), ":2: key: string should have at least 1 character"),
    ],
)
def test_a_line_that_is_no_post_is_named(tmp_path: Path, row: Any, said: str) -> None:
    with pytest.raises(InputError, match=rf"p\.jsonl{said}.*\n?.*nothing was planned"):
        read_posts(write(tmp_path / "p.jsonl", line("k1"), row))


def a_picture(path: Path, width: int = 1200) -> str:
    Image.effect_mandelbrot((width, 800), (-2, -1.5, 1, 1.5), 60).convert("RGB").save(path)
    return path.name


def test_a_picture_goes_with_its_post_and_is_measured(ledger, brand, tmp_path: Path) -> None:
    media = [{"path": a_picture(tmp_path / "soap.png"), "alt": "A bar of soap"}]
    lines = read_posts(write(tmp_path / "p.jsonl", line("k1", media=media)))
    blobs = Blobs(tmp_path / "media")

    keep_media(lines, blobs)
    for _ in range(2):
        plan_written(ledger, brand, lines, actor="anna")

    (delivery,), _ = planned(ledger)
    (file,) = delivery.payload.media
    assert ("image/png", 1200, 800, "A bar of soap") == (
        file.mime_type,
        file.width,
        file.height,
        file.alt_text,
    )
    assert (tmp_path / "soap.png").read_bytes() == blobs.read(file.sha256)


def a_clip(path: Path) -> str:
    path.write_bytes(clip())
    return path.name


def test_a_clip_brings_its_captions_along(tmp_path: Path) -> None:
    (tmp_path / "c.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:03.000\nSoap.\n")
    media = [{"path": a_clip(tmp_path / "c.mp4"), "alt": "Soap", "captions": "c.vtt"}]
    row = line("k1", media=media, platform="bluesky", account="acme.test")
    lines = read_posts(write(tmp_path / "p.jsonl", row))
    blobs = Blobs(tmp_path / "media")
    keep_media(lines, blobs)

    (file,) = (asset.attachment(Platform.BLUESKY) for asset in lines[0].media)
    assert (tmp_path / "c.vtt").read_bytes() == blobs.read(file.captions)


@pytest.mark.parametrize("content", [b"1\n00:00:00,000 --> 00:00:03,000\nSoap.", b"WEBVTT" * 9999])
def test_captions_of_another_kind_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.vtt").write_bytes(content)
    media = [{"path": a_picture(tmp_path / "a.png"), "captions": "c.vtt"}]

    with pytest.raises(InputError, match=r"c\.vtt is no WebVTT of at most 20000 bytes"):
        read_posts(write(tmp_path / "p.jsonl", line("k1", media=media)))


def test_a_picture_that_the_account_showed_lately_is_held(ledger, brand, tmp_path: Path) -> None:
    media = [{"path": a_picture(tmp_path / "soap.png"), "alt": "A bar of soap"}]
    rows = [line("k1", media=media), line("k2", "We like soap.", media=media)]
    decided = []
    for row in rows:
        lines = read_posts(write(tmp_path / "p.jsonl", row))
        keep_media(lines, Blobs(tmp_path / "media"))
        decided += plan_written(ledger, brand, lines, actor="anna")

    assert ["approved", "held"] == [one.decision for one in decided]
    assert "repeated_picture" in decided[1].reason


def test_a_known_work_is_refused_until_the_brand_file_lets_it_go(
    ledger, brand, tmp_path: Path
) -> None:
    lines = read_posts(
        write(tmp_path / "p.jsonl", line("k1", media=[a_picture(tmp_path / "a.png")]))
    )
    shown = CliRunner().invoke(rules.app, ["likeness", str(tmp_path / "a.png")]).output
    works = tuple(Work(**row) for row in yaml.safe_load(shown))
    careful = brand.model_copy(update={"terms": brand.terms.model_copy(update={"works": works})})

    with pytest.raises(InputError, match=r"a picture looks like a\); take another picture"):
        plan_written(ledger, careful, lines, actor="anna")


def test_what_a_picture_tells_of_its_place_stays_at_home(tmp_path: Path) -> None:
    """A PDS gives a blob out as it came, with the place where it was taken."""
    taken = Image.Exif()
    taken[0x010E], taken.get_ifd(0x8825)[2] = "Vroni at the spring", (52, 31, 4)
    Image.new("RGB", (1200, 800), "olive").save(tmp_path / "soap.jpg", exif=taken)
    lines = read_posts(write(tmp_path / "p.jsonl", line("k1", media=["soap.jpg"])))
    blobs = Blobs(tmp_path / "media")

    keep_media(lines, blobs)

    (asset,) = lines[0].media
    kept = blobs.read(asset.sha256)
    assert (len(kept), {}) == (asset.bytes, dict(Image.open(BytesIO(kept)).getexif()))


def test_a_picture_that_the_platform_would_refuse_is_told_before(
    ledger, brand, tmp_path: Path
) -> None:
    media = [a_picture(tmp_path / f"{number}.png") for number in range(5)]
    lines = read_posts(write(tmp_path / "p.jsonl", line("k1", media=media)))

    with pytest.raises(InputError, match=r"p\.jsonl:1: .*5 files, x takes 4.*take away 1"):
        plan_written(ledger, brand, lines, actor="anna")
    assert ((), ()) == tuple(map(tuple, planned(ledger)))


def test_what_instagram_leaves_out_and_crops_is_told(ledger, brand, tmp_path: Path) -> None:
    insta = Account(platform=Platform.INSTAGRAM, handle="acme", time_zone="Europe/Berlin")
    both = brand.model_copy(update={"accounts": (*brand.accounts, insta)})
    with ledger.transaction() as connection:
        ledger_brands.save(connection, both, now=SOON)
    Image.new("RGB", (1080, 1080), "olive").save(tmp_path / "square.jpg")
    Image.new("RGB", (1080, 1350), "navy").save(tmp_path / "tall.jpg")
    media = [{"path": name, "alt": "Soap of olive oil"} for name in ("square.jpg", "tall.jpg")]
    row = line("k1", platform="instagram", account="acme", media=media)

    (written,) = plan_written(
        ledger, both, read_posts(write(tmp_path / "p.jsonl", row)), actor="anna"
    )

    crops = "instagram crops file 2 to the proportions of file 1"
    assert [crops] == _row(written)["warnings"]


def test_a_file_that_is_missing_empty_or_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(
        json.dumps(line("k"), ensure_ascii=False).encode() + b"\xe4"
    )
    for name, said in (
        ("none.jsonl", "cannot be read: No such file"),
        ("empty.jsonl", "holds no post"),
        ("latin.jsonl", "is not UTF-8"),
    ):
        if name == "empty.jsonl":
            (tmp_path / name).touch()
        with pytest.raises(InputError, match=said):
            read_posts(tmp_path / name)


@pytest.mark.usefixtures("home")
def test_what_is_planned_goes_out_once_by_the_same_door(amsel, tmp_path: Path) -> None:
    at = "2026-03-02T05:01:00Z"  # a minute after the sandbox's clock starts
    both = ({"platform": "x"}, {"platform": "bluesky", "account": "northloom.test"})
    rows = [
        line(f"k{number}", f"Wool number {number}.", at=at, **({"account": "northloom"} | one))
        for number, one in enumerate(both)
    ]
    file = write(tmp_path / "p.jsonl", *rows)
    with process.start(tmp_path / "sandbox") as sandbox:
        world = {"AMSEL_SANDBOX_URL": sandbox.url, "AMSEL_CLOCK": "drive"}
        for said in ("2 planned", "2 were planned before"):
            done = amsel("post", file, "--brand", "northloom", "--approve", **world)
            assert (0, "", True) == (done.returncode, done.stderr, said in done.stdout)
            worker = amsel("worker", "--until-idle", **world)
            assert (0, "") == (worker.returncode, worker.stderr)
        shown = json.loads(amsel("deliveries", "--json", **world).stdout)
        status = json.loads(amsel("status", "--json", **world).stdout)
        accepted = httpx.get(f"{sandbox.url}/_sandbox/ledger").json()["posts"]

    assert {"k0": "sent", "k1": "sent"} == {row["key"]: row["state"] for row in shown}
    assert ["Wool number 0.", "Wool number 1."] == sorted(
        post["text"] for post in accepted if post["text"].startswith("Wool number")
    )
    (brand,) = [each for each in status["brands"] if each["brand"] == "northloom"]
    assert {"x": 1, "bluesky": 1} == {
        platform: counts["sent"] for platform, counts in brand["deliveries"].items()
    }
