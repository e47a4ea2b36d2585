"""What the pages tell of the campaign is written from its report, and each column is explained."""

import itertools
import json
import re

import pytest

from tests.faults.campaign_cases import CASES
from tests.faults.campaign_judge import Count
from tests.faults.campaign_page import DOCS, PAGES, filled, parts
from tests.faults.campaign_plan import FULL
from tests.faults.campaign_report import RECORD
from tests.faults.campaign_tables import PLAN, speed_beside_poison

REPORT = {
    "counts": [
        {"case": "1 kill -9: claim committed", "platform": "x", "database": "sqlite"}
        | {"runs": 59, "kills": 59, "recovery": [1.0, 40.0]},
        {"case": "13 an upgrade in between", "platform": "x", "database": "sqlite", "runs": 6},
    ],
    "counter_runs": [{"guard": "fence", "case": "11", "database": "sqlite", "broken": {"lost": 1}}],
    "rounds": {"1 (sqlite)": 59, "13 (sqlite)": 3, "13 (postgresql)": 2},
    "seconds": {"1 (sqlite)": 3600.0},
    "versions": ["abc", "def"],
}


def heads(lines):
    """The columns of the tables among some lines."""
    return {
        cell.strip()
        for line, below in itertools.pairwise(lines)
        if below.startswith("|---")
        for cell in line.strip("|").split("|")
    }


def row(lines, first):
    (found,) = [line for line in lines if line.startswith(f"| {first} ")]
    return [cell.strip() for cell in found.strip("|").split("|")]


def test_the_short_table_says_what_is_wanted_and_what_was_played():
    overview = parts(REPORT)["overview"]

    wanted = ["1 kill -9", "12,000 kills", "59", "59", "0", "0", "0", "0", "0", "1, 40"]
    assert wanted == row(overview, "1 kill -9")
    assert ["100 upgrades", "5"] == row(overview, "13 upgrades")[1:3]
    assert "65 deliveries, 59 processes killed, 1.0 hours; of abc, def." == overview[0]


def test_every_number_of_a_case_stands_in_the_short_table():
    assert {int(name.split()[0]) for name in CASES} == {*PLAN}
    assert {one.of for one in PLAN.values() if one.of} <= {*FULL}


def test_the_record_of_the_docs_is_what_their_tables_were_written_from():
    tables = parts(json.loads(RECORD.read_text("utf-8")))

    for page, names in PAGES.items():
        text = (DOCS / page).read_text("utf-8")
        assert text == filled(text, {name: tables[name] for name in names})


@pytest.mark.parametrize(("page", "names"), PAGES.items())
def test_every_column_of_a_page_is_explained_on_it(page, names):
    text = (DOCS / page).read_text("utf-8")
    explained = {word.lower() for word in re.findall(r"\*([^*|]+)\*", text)}
    explained |= set(re.findall(r"^\| ([a-z ]+) \|", text, flags=re.MULTILINE))
    written = [line for name in names for line in parts(REPORT)[name]]
    columns = {one.removesuffix(" p50, p95 seconds") for one in heads(written)}

    assert set() == {one for one in columns if one not in explained and one not in OBVIOUS}


OBVIOUS = (
    *("case", "wanted", "played", "kills"),
    *("case, database", "point, both databases", "platform, database"),
    *("guard taken out", "what the judge counts"),
)


@pytest.mark.parametrize(("page", "names"), PAGES.items())
def test_a_page_holds_what_the_campaign_wrote(page, names):
    text = (DOCS / page).read_text("utf-8")
    tables = parts(REPORT)

    again = filled(text, {name: tables[name] for name in names})

    assert all("\n".join(tables[name]) in again for name in names)
    for name in names:
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        kept = text.partition(begin)[2].partition(end)[0].splitlines()
        assert heads(tables[name]) == heads(kept), "write it anew: tests.faults.campaign_page"


def test_a_page_without_a_place_for_a_table_is_told():
    with pytest.raises(SystemExit, match="0 places for overview"):
        filled("A page.", {"overview": ["a"]})


def test_the_speed_beside_poison_is_a_part_of_that_alone():
    counts = [
        Count("7 a crowd alone", "x", "sqlite", runs=50, seconds=9.0),
        Count("7 a crowd alone", "facebook", "sqlite", runs=50),
        Count("7 a crowd beside poison", "x", "sqlite", runs=250, seconds=50.0),
        Count("7 a crowd beside poison", "facebook", "sqlite", runs=250),
    ]

    assert {"sqlite": 0.9} == speed_beside_poison(counts)
