"""The tables of docs/, written from a campaign's report: `python -m tests.faults.campaign_page`.

They stand between markers; what stands around them is written by people. The report itself is kept
beside them, as the record that the next campaign goes on from.
"""

import argparse
import json
import re
from pathlib import Path

from tests.faults.campaign_judge import Count
from tests.faults.campaign_report import RECORD
from tests.faults.campaign_tables import details, guards, overview, speed_beside_poison

DOCS = RECORD.parent
PAGES = {"reliability.md": ("overview", "guards"), "campaign.md": ("details",)}
"""Which tables a page holds."""


def parts(report):
    """Each table of a report, and in words how much it is."""
    counts = [Count(**one) for one in report["counts"]]
    hours = sum(report["seconds"].values()) / 3600 / len({one.database for one in counts})
    runs, kills = (f"{sum(getattr(one, name) for one in counts):,}" for name in ("runs", "kills"))
    versions = ", ".join(report["versions"])
    told = f"{runs} deliveries, {kills} processes killed, {hours:.1f} hours; of {versions}."
    for kind, part in speed_beside_poison(counts).items():
        told += f" Beside poison good posts went out {part:.2f} times as fast as alone ({kind})."
    return {
        "overview": [told, "", *overview(counts, report["rounds"])],
        "details": [*details(counts)],
        "guards": [*guards(report["counter_runs"])],
    }


def filled(page, tables):
    """A page with these tables between their markers."""
    for name, lines in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        whole = "\n".join((begin, *lines, end))
        page, times = re.subn(f"{begin}.*?{end}", lambda _, new=whole: new, page, flags=re.DOTALL)
        if times != 1:
            raise SystemExit(f"{times} places for {name}; mark one by {begin} and {end}")
    return page


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, nargs="?", default=Path("var/faults/campaign.json"))
    report = json.loads(parser.parse_args().report.read_text("utf-8"))
    tables = parts(report)
    for name, wanted in PAGES.items():
        path = DOCS / name
        page = filled(path.read_text("utf-8"), {one: tables[one] for one in wanted})
        path.write_text(page, "utf-8")
    RECORD.write_text(json.dumps(report, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
