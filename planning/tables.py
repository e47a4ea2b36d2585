"""Slots, briefs, drafts and the batch as tables that people read."""

from collections.abc import Mapping, Sequence

import polars as pl

from domain.posts import ContentPost
from domain.wordings import wordings
from domain.writing import Brief
from planning.batch import Judged
from planning.slots import PlannedSlot

INSTANT = pl.Datetime("us", "UTC")


def slots_frame(slots: Sequence[PlannedSlot]) -> pl.DataFrame:
    """One row per slot, soonest first."""
    rows = [
        (
            slot.brand,
            slot.schedule.account,
            slot.schedule.due_at,
            slot.schedule.local_time,
            str(slot.strategy),
            slot.schedule.propensity,
            slot.schedule.reasoning,
        )
        for slot in slots
    ]
    schema = {
        "brand": pl.String(),
        "account": pl.String(),
        "due_at": INSTANT,
        "local_time": pl.String(),
        "strategy": pl.String(),
        "propensity": pl.Float64(),
        "reasoning": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("due_at", "account")


def briefs_frame(briefs: Sequence[Brief]) -> pl.DataFrame:
    """One row per order, soonest first."""
    rows = [
        (
            brief.id,
            brief.brand,
            brief.due_at,
            brief.topic,
            brief.campaign,
            brief.duty,
            brief.tone,
            ", ".join(brief.platforms),
            brief.why,
            brief.trend or "",
        )
        for brief in briefs
    ]
    names = (
        "id",
        "brand",
        "due_at",
        "topic",
        "campaign",
        "duty",
        "tone",
        "platforms",
        "why",
        "trend",
    )
    schema = dict.fromkeys(names, pl.String())
    return pl.DataFrame(rows, schema=schema | {"due_at": INSTANT}, orient="row").sort("due_at")


def drafts_frame(
    drafts: Sequence[ContentPost], distances: Mapping[str, float | None] | None = None
) -> pl.DataFrame:
    """One row per draft, with its distance to the brand's voice where it is known."""
    far = distances or {}
    rows = [
        (
            draft.id,
            draft.brand,
            draft.topic,
            draft.variant,
            draft.angle,
            draft.difference,
            draft.generated_by,
            draft.seed,
            draft.temperature,
            draft.prompt_version,
            draft.input_tokens,
            draft.output_tokens,
            draft.cost_cents,
            draft.quality.overall if draft.quality else None,
            far.get(draft.id),
            draft.text,
            _adapted(draft),
        )
        for draft in drafts
    ]
    names = (
        "post_id", "brand", "topic", "variant", "angle", "difference", "writer", "seed",
        "temperature", "prompt", "input_tokens", "output_tokens", "cents", "quality", "distance",
        "text", "adapted",
    )  # fmt: skip
    numbers = {"seed": pl.UInt64(), "input_tokens": pl.Int64(), "output_tokens": pl.Int64()}
    numbers |= dict.fromkeys(("temperature", "cents", "quality", "distance"), pl.Float64())
    schema = dict.fromkeys(names, pl.String()) | numbers
    return pl.DataFrame(rows, schema=schema, orient="row")


def batch_frame(decided: Sequence[Judged]) -> pl.DataFrame:
    """One row per decided order: the chosen variant and what was decided about it."""
    rows = [
        (
            each.post.brand,
            each.post.brief_id,
            each.post.id,
            each.post.variant,
            each.post.angle,
            each.post.difference,
            str(each.assessed.risk),
            str(each.decision),
            each.reason,
            each.post.text,
            _adapted(each.post),
        )
        for each in decided
    ]
    names = (
        "brand", "brief_id", "post_id", "variant", "angle", "difference", "risk", "decision",
        "reason", "text", "adapted",
    )  # fmt: skip
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")


def risks_frame(decided: Sequence[Judged]) -> pl.DataFrame:
    """One row per brand, risk, what it comes from, and decision: how many posts."""
    rows = [
        (each.post.brand, str(each.assessed.risk), each.assessed.why, str(each.decision))
        for each in decided
    ]
    schema = dict.fromkeys(("brand", "risk", "from", "decision"), pl.String())
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    # what stands in brackets is the post's own
    bare = frame.with_columns(pl.col("from").str.replace_all(r" \([^)]*\)", ""))
    return bare.group_by(bare.columns).len("posts")


def _adapted(post: ContentPost) -> str:
    """The texts that platforms get in place of the main one, with their names."""
    others = wordings(post)[1:]
    return "\n\n".join(f"On {', '.join(one.platforms)}: {one.text}" for one in others)
