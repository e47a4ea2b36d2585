"""The report as one HTML file with its pictures inside."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from domain.analytics import AnalyticsReport, Uplift
from insights.comparison import Comparison
from storage.atomic import write_atomically

_LONG_WORDS = re.compile(r"\S{16,}")
_JOINTS = re.compile(r"(?<=[/:@._-])(?=\w)")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with the sentence that says how to read it."""

    title: str
    caption: str
    png: bytes

    @property
    def source(self) -> str:
        """The picture as a data URL."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a post, or a frame of its clip, as a JPEG thumbnail with its description.

    `where` names the platforms that show it, where others of the post do not.
    """

    jpeg: bytes
    alt: str
    seconds: float | None = None
    where: str = ""

    @property
    def source(self) -> str:
        """The picture as a data URL."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


@dataclass(frozen=True, slots=True)
class Send:
    """One platform of a post: when it goes out there, what was expected and what came of it.

    `when` is the local time of the account's audience; forecasts and outcomes count reactions.
    `reasoning` says why it goes out then, `reasons` what raised and lowered the forecast.
    """

    platform: str
    account: str = ""
    when: str = ""
    state: str = ""
    forecast: str = ""
    outcome: str = ""
    reasoning: str = ""
    reasons: str = ""
    url: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PostCard:
    """One post as the gallery shows it, with each platform that it goes to.

    `adapted` holds the texts that some of them get instead, each with their names.
    """

    text: str
    when: str
    state: str
    writer: str
    cost: str = ""
    sends: Sequence[Send] = ()
    why: str = ""
    note: str = ""
    risk: str = ""
    comments: str = ""
    shots: Sequence[Shot] = ()
    adapted: Sequence[tuple[str, str]] = ()

    @property
    def reason(self) -> str:
        """The first sentence of why the plan has it: what speaks for its topic."""
        return self.why.partition(". ")[0].rstrip(".")

    @property
    def odds(self) -> str:
        """The rest of it: how the post was drawn."""
        return self.why.partition(". ")[2]


@dataclass(frozen=True, slots=True)
class Day:
    """What goes out on one local day; `id` names it within the page."""

    id: str
    title: str
    posts: Sequence[PostCard]

    @property
    def sends(self) -> int:
        """How many times something goes out."""
        return sum(len(post.sends) for post in self.posts)


@dataclass(frozen=True, slots=True)
class ReplyCard:
    """One message from outside and what was done about it."""

    account: str
    author: str
    message: str
    decision: str
    reason: str
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class BrandSection:
    """Everything the report says about one brand."""

    title: str
    report: AnalyticsReport
    pictures: Sequence[Picture] = ()
    days: Sequence[Day] = ()
    held: Sequence[PostCard] = ()
    answered: Sequence[ReplyCard] = ()
    withheld: Sequence[ReplyCard] = ()
    findings: Sequence[str] = ()
    comparison: Comparison | None = None
    decisions: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report: headline figures, then a section per brand.

    `notice` is what must be known before any figure is read.
    """

    title: str
    subtitle: str
    made_at: datetime
    figures: Sequence[tuple[str, str, str]]
    sections: Sequence[BrandSection] = field(default_factory=tuple)
    uplift: Uplift | None = None
    holdout: Uplift | None = None
    notice: str = ""


def render(report: Report) -> str:
    """The report as HTML, everything inside, all texts escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["breakable"] = breakable
    template = (files("insights") / "templates" / "report.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(report=report)


def write_report(report: Report, path: Path) -> Path:
    """Write the report to `path` and its figures beside it as JSON, each whole or not at all."""
    write_atomically(path, render(report).encode())
    figures = {
        "uplift": report.uplift.model_dump() if report.uplift else None,
        "holdout": report.holdout.model_dump() if report.holdout else None,
        "brands": [section.report.model_dump(mode="json") for section in report.sections],
    }
    write_atomically(path.with_suffix(".json"), json.dumps(figures, indent=2).encode())
    return path


def breakable(text: str) -> Markup:
    """The text as HTML; links and handles that no line holds go on in the next at their joints."""

    def jointed(word: re.Match[str]) -> str:
        return f'<span class="whole">{_JOINTS.sub("<wbr>", word[0])}</span>'

    # it is escaped first, and only these two tags are put in
    return Markup(_LONG_WORDS.sub(jointed, str(escape(text))))  # noqa: S704
