"""The report as one HTML file with its pictures inside."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
from jinja2 import Environment, StrictUndefined

from domain.analytics import AnalyticsReport, Uplift
from insights.comparison import Comparison
from storage.atomic import write_atomically


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
    """A picture of a post, or a frame of its clip, as a JPEG thumbnail with its description."""

    jpeg: bytes
    alt: str
    seconds: float | None = None

    @property
    def source(self) -> str:
        """The picture as a data URL."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


@dataclass(frozen=True, slots=True)
class PostCard:
    """One post as the gallery shows it."""

    platform: str
    account: str
    text: str
    when: str
    state: str
    reasoning: str
    writer: str
    forecast: str
    outcome: str
    reasons: str = ""
    url: str | None = None
    why: str = ""
    note: str = ""
    comments: str = ""
    shots: Sequence[Shot] = ()


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
    posts: Sequence[PostCard] = ()
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
