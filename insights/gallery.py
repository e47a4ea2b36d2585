"""The gallery: a brand's posts day by day, each shown once, with where and when it goes out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import sqlalchemy as sa

from domain.brand import Brand, zone_of
from domain.deliveries import Delivery, DeliveryState
from domain.errors import StoreError
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from domain.rules import risk_of
from insights.report import Day, PostCard, Send, Shot
from storage.blobs import Blobs
from storage.ledger import approvals, briefs, posts, schedules

PARTLY = "partly sent"


@dataclass(frozen=True)
class Gallery:
    """What cards are made of: the ledger, the pictures, outcomes and forecasts.

    `rows` are those of `insights.outcomes`, `forecasts` those of the lake table, with
    their `reasons`.
    """

    brand: Brand
    connection: sa.Connection
    blobs: Blobs
    rows: pl.DataFrame
    forecasts: pl.DataFrame

    def days(self, found: Iterable[Delivery]) -> list[Day]:
        """One entry per local day on which something went or goes out, soonest first."""
        by_day: dict[date, dict[str, list[Delivery]]] = defaultdict(lambda: defaultdict(list))
        for one in sorted(found, key=lambda each: (self._at(each), each.id)):
            by_day[self._at(one).date()][one.post_id or one.id].append(one)
        return [self._day(day, [*own.values()]) for day, own in sorted(by_day.items())]

    def held(self) -> list[PostCard]:
        """The drafts that wait for a person, with the reason and what to type."""
        waiting = posts.find(self.connection, status=PostStatus.GENERATED, brand=self.brand.name)
        return [card for post in waiting if (card := self._held(post)) is not None]

    def _day(self, day: date, orders: Sequence[Sequence[Delivery]]) -> Day:
        return Day(
            id=f"{self.brand.name}-{day:%Y-%m-%d}",
            title=f"{day:%A} {day.day} {day:%B}",
            posts=[self._card(own) for own in orders],
        )

    def _card(self, own: Sequence[Delivery]) -> PostCard:
        """One post with its deliveries of a day; of one that the ledger has no longer, its text."""
        first = own[0]
        post = posts.seek(self.connection, first.post_id or "")
        tasks = schedules.load(self.connection, post_id=first.post_id or "")
        reasons = {s.account: s.reasoning for task in tasks for s in task.platforms}
        platforms = [one.platform for one in own]
        (_, text), *adapted = told_on(post, platforms) if post else [("", first.payload.text)]
        return PostCard(
            text=text,
            adapted=adapted,
            when=f"{self._at(first):%H:%M}",
            state=_state({one.state for one in own}),
            writer=post.generated_by if post else "somebody; the ledger has no post of it",
            cost=_cost(post),
            sends=[self._send(one, reasons.get(one.account, "")) for one in own],
            why=self._why(post),
            risk=self._risk(post),
            comments=_comments(post),
            shots=shots_of(post, platforms, blobs=self.blobs) if post else [],
        )

    def _send(self, one: Delivery, reasoning: str) -> Send:
        row = self._outcomes.get(one.id)
        told = row or self._told.get((one.post_id or "", one.account))
        return Send(
            platform=str(one.platform),
            account=one.account,
            when=f"{self._at(one):%H:%M}",
            state=str(one.state),
            forecast=_forecast(told) if told else "",
            outcome=_outcome(row) if row else "",
            reasoning=reasoning,
            reasons=(told or {}).get("reasons") or "",
            url=one.url,
            note=one.reason or "",
        )

    def _held(self, post: ContentPost) -> PostCard | None:
        decision = approvals.decision(self.connection, post.id, version=post.version)
        if decision is None:
            return None
        at = post.scheduled_for
        mine = ((on, row) for (of, on), row in self._told.items() if of == post.id)
        told = {account.partition(":")[0]: row for account, row in mine}
        where = [
            Send(
                platform=str(one),
                reasons=told.get(one, {}).get("reasons") or "",
                note=_against(post, one),
            )
            for one in post.platforms
        ]
        (_, text), *adapted = told_on(post, post.platforms)
        return PostCard(
            text=text,
            adapted=adapted,
            when=f"{at.astimezone(self._zone(None)):%a %d %b %H:%M}" if at else "",
            state=str(decision.decision),
            writer=post.generated_by,
            cost=_cost(post),
            sends=where,
            why=self._why(post),
            risk=self._risk(post),
            note=f"{decision.reason}. Decide with: amsel review approve {post.id}",
            shots=shots_of(post, post.platforms, blobs=self.blobs),
        )

    def _why(self, post: ContentPost | None) -> str:
        """Why the plan has it; nothing where a person planned it."""
        brief = briefs.load(self.connection, post.brief_id) if post and post.brief_id else None
        return brief.why if brief else ""

    def _risk(self, post: ContentPost | None) -> str:
        """How much may go wrong with it, and why; nothing where the ledger has no post of it."""
        return risk_of(post, self.brand).in_words if post else ""

    def _at(self, one: Delivery) -> datetime:
        return (one.sent_at or one.due_at).astimezone(self._zone(one))

    def _zone(self, one: Delivery | None) -> ZoneInfo:
        """The zone of the account's audience, or, where the brand has it no longer, the plan's."""
        zones = {account.id: zone_of(account) for account in self.brand.accounts}
        if one is None:
            return zone_of(self.brand.accounts[0])
        return zones.get(one.account) or ZoneInfo(one.time_zone or "UTC")

    @cached_property
    def _outcomes(self) -> dict[str, dict[str, Any]]:
        return {row["delivery_id"]: row for row in self.rows.to_dicts()}

    @cached_property
    def _told(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(row["post_id"], row["account"]): row for row in self.forecasts.to_dicts()}


def told_on(post: ContentPost, platforms: Sequence[Platform]) -> list[tuple[str, str]]:
    """Each text that goes to these platforms, with their names; the main one first if it does."""
    told: dict[str, list[str]] = {}
    for platform in sorted(dict.fromkeys(platforms), key=lambda each: each in post.adaptations):
        told.setdefault(post.text_for(platform), []).append(platform)
    return [(", ".join(where), text) for text, where in told.items()]


def shots_of(post: ContentPost, platforms: Sequence[Platform], *, blobs: Blobs) -> list[Shot]:
    """Each picture or clip that goes to one of these platforms; what is gone is left out.

    What not all of them show names those that do.
    """
    found = []
    for asset in post.media:
        where = [each for each in platforms if not asset.platforms or each in asset.platforms]
        if asset.thumbnail is None or not where:
            continue
        try:
            jpeg = blobs.read(asset.thumbnail)
        except StoreError:
            continue
        some = ", ".join(where) if len(where) < len(platforms) else ""
        found.append(Shot(jpeg, asset.alt_text, asset.seconds, some))
    return found


def _against(post: ContentPost, platform: Platform) -> str:
    """What the rules say of the text of that platform and not of all; empty where nothing."""
    return "; ".join(
        f"{check.rule}: {check.evidence}"
        for check in post.compliance_checks
        if check.platforms and check.is_on(platform)
    )


def _state(states: set[DeliveryState]) -> str:
    if len(states) == 1:
        return str(*states)
    return PARTLY if DeliveryState.SENT in states else str(min(states))


def _cost(post: ContentPost | None) -> str:
    if post is None:
        return ""
    return f"{post.cost_cents:.2f} US cents" if post.cost_cents else "nothing"


def _comments(post: ContentPost | None) -> str:
    """How what people wrote below it sounds; nothing where nobody did."""
    sentiment = post.metrics.sentiment if post and post.metrics else None
    return sentiment.in_words() if sentiment else ""


def _forecast(row: dict[str, float | None]) -> str:
    if row["predicted"] is None or row["level"] is None:
        return ""
    level = row["level"]

    def told(*names: str) -> str:
        low, middle, high = (max(0.0, float(np.expm1((row[n] or 0.0) + level))) for n in names)
        return f"{middle:.0f} ({low:.0f} to {high:.0f})"

    first = told("lower", "predicted", "upper")
    if row.get("early_predicted") in (None, row["predicted"]):
        return first
    return f"{first}, after its first hour {told('early_lower', 'early_predicted', 'early_upper')}"


def _outcome(row: dict[str, float | None]) -> str:
    if row["engagement"] is not None:
        return f"{row['engagement']:.0f}"
    if row["engagement_latest"] is not None and row["age_hours_latest"] is not None:
        return f"{row['engagement_latest']:.0f} so far, after {row['age_hours_latest']:.0f} h"
    return ""
