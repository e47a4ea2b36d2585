"""The report: whole, escaped, and honest about what it cannot judge."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from domain.analytics import AnalyticsReport, Uplift
from insights.comparison import Comparison
from insights.report import (
    BrandSection,
    Day,
    PostCard,
    ReplyCard,
    Send,
    Shot,
    breakable,
    write_report,
)
from insights.summary import headline, spoken

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>"


def section(comparison=None, **changes):
    report = AnalyticsReport(
        brand="northloom",
        starts_at=NOON - timedelta(days=3),
        ends_at=NOON,
        planned=9,
        published=8,
        late=1,
        replies_sent=4,
        replies_held=2,
        cost_cents=12.0,
    )
    return BrandSection(title="Northloom", report=report, comparison=comparison, **changes)


def card(text):
    return PostCard(text=text, when="09:00", state="sent", writer="composer")


def monday(*cards):
    return [Day("northloom-2026-03-02", "Monday 2 March", cards)]


def test_texts_from_outside_are_shown_and_never_run(tmp_path):
    reply = ReplyCard("x:northloom", HOSTILE, HOSTILE, "held", "a person must look")
    shown = section(days=monday(card(HOSTILE)), withheld=[reply])

    path = write_report(headline("Week", [shown], made_at=NOON), tmp_path / "report.html")

    html = path.read_text()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3


def test_a_post_says_what_raised_and_lowered_its_forecast(tmp_path):
    told = replace(card("Wool"), sends=[Send(platform="x", reasons="Raised by the time +9%.")])
    shown = section(days=monday(told, card("More wool")), held=[told])
    html = write_report(headline("Week", [shown], made_at=NOON), tmp_path / "r.html").read_text()
    assert 2 == html.count("Raised by the time +9%.")


def test_how_comments_sound_stands_below_a_post_that_has_some(tmp_path):
    told = replace(card("Wool"), comments="2 kind, 0 neutral, 1 unkind")
    shown = section(days=monday(told, card("More wool")))
    html = write_report(headline("Week", [shown], made_at=NOON), tmp_path / "r.html").read_text()
    assert 1 == html.count("Comments: 2 kind, 0 neutral, 1 unkind")
    assert 1 == html.count("Comments:")


def test_a_post_shows_its_pictures_and_the_length_of_its_clip(tmp_path):
    clip = Shot(b"frame", "184 m", seconds=5.0, where="tiktok")
    shots = [Shot(b"picture", HOSTILE), clip]
    shown = section(days=monday(replace(card("Frisch."), shots=shots)))

    html = write_report(headline("Week", [shown], made_at=NOON), tmp_path / "r.html").read_text()

    assert "<script" not in html
    assert 'src="data:image/jpeg;base64,cGljdHVyZQ=="' in html
    assert "▶ 5 s" in html
    assert 1 == html.count("<figcaption>tiktok</figcaption>")


def test_a_post_stands_once_with_each_platform_it_goes_to(tmp_path):
    sends = [
        Send(
            "x",
            "x:n",
            "09:00",
            "sent",
            forecast="20 (9 to 40)",
            outcome="18",
            url="https://x.example/1",
        ),
        Send(
            "tiktok", "tiktok:n", "17:10", "planned", forecast="7 (1 to 20)", reasoning="why then"
        ),
    ]
    post = replace(card("Wool"), sends=sends, why="wool did well. Drawn at 20%.", cost="nothing")

    html = write_report(
        headline("Week", [section(days=monday(post))], made_at=NOON), tmp_path / "r.html"
    ).read_text()

    assert 1 == html.count("<p>Wool</p>")
    assert '<a href="https://x.example/1">x</a>' in html
    for said in ("20 (9 to 40)", "17:10", "why then", "wool did well.", "costs nothing"):
        assert said in html
    assert 'href="#northloom-2026-03-02"' in html
    assert "1 post, 2 sends" in html


def test_the_figures_of_all_brands_are_added_up(tmp_path):
    report = headline("Week", [section(), section()], made_at=NOON)

    write_report(report, tmp_path / "report.html")

    figures = {name: value for name, value, _ in report.figures}
    assert figures["planned posts"] == "18"
    assert figures["spent"] == "0.24"
    written = json.loads((tmp_path / "report.json").read_text())
    assert [brand["published"] for brand in written["brands"]] == [8, 8]
    assert written["uplift"] is None


def test_too_little_to_judge_by_is_said_and_not_guessed():
    few = pl.DataFrame({"account": ["x:a"] * 3, "engagement": [9, 9, 9]})

    report = headline("Week", [section(Comparison(few, few))], made_at=NOON)

    assert report.uplift is None
    assert spoken(report.uplift) == "not enough data"


def slots(drawn, gain=0.0):
    """Forty decisions whose hours were chosen and so many whose hours were drawn at random."""
    random = np.random.default_rng(0)
    reward = random.normal(0, 0.85, 40 + drawn)
    reward[:40] += gain
    return pl.DataFrame({"reward": reward, "random": np.arange(40 + drawn) >= 40})


def figures_of(path, *decisions):
    """What stands in the report's boxes and in its JSON, with these decisions of each brand."""
    report = headline("Week", [section(decisions=each) for each in decisions], made_at=NOON)
    html = write_report(report, path / "report.html").read_text()
    assert all(f"<b>{value}</b><span>{name}</span>" in html for name, value, _ in report.figures)
    written = json.loads((path / "report.json").read_text())["holdout"]
    return {name: value for name, value, _ in report.figures}, written


def test_few_posts_at_random_show_the_uplift_with_its_interval_and_say_that_it_tells_little(
    tmp_path,
):
    """Two of one brand and two of the other: only together are they enough for an interval."""
    figures, written = figures_of(tmp_path, slots(2), slots(2))
    shown = figures["against hours at random: not enough to tell"]
    assert shown == spoken(Uplift.model_validate(written))
    assert "[-" in shown
    assert written["lower"] < 0 < written["upper"]
    assert 84 == written["posts"]


def test_without_posts_at_random_the_report_says_that_there_is_not_enough(tmp_path):
    figures, written = figures_of(tmp_path, slots(0))
    assert ("not enough data", None) == (figures["against hours at random"], written)


def test_a_gain_over_hours_at_random_that_is_proven_is_called_so(tmp_path):
    figures, _ = figures_of(tmp_path, slots(40, gain=1.0))
    assert "+" in figures["against hours at random: better"]


def test_an_uplift_is_always_shown_with_its_interval():
    values = np.random.default_rng(0).lognormal(3, 0.5, 200)
    past = pl.DataFrame({"account": "x:a", "engagement": values})
    ours = pl.DataFrame({"account": "x:a", "engagement": values[:40] * 2})

    report = headline("Week", [section(Comparison(ours, past))], made_at=NOON)

    assert report.uplift is not None
    assert report.uplift.lower > 0.5
    assert spoken(report.uplift).count("+") == 3


def test_a_link_goes_on_in_the_next_line_at_a_joint_and_stays_the_same_text():
    shown = breakable("Hier: https://bergquell.example/probierpaket <b>x</b>")

    assert "https://<wbr>bergquell.<wbr>example/<wbr>probierpaket" in shown
    assert "probierpaket</span> " in shown
    assert "<b>" not in shown
    assert "a/b" == breakable("a/b")
