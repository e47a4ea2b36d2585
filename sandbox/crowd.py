"""The audience in bulk: what any post at any hour of any day would bring, as arrays."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from sandbox.audience import DAYS, Account, Audience
from sandbox.truth import HOURS_PER_MONTH, HOURS_PER_WEEK, shock_effect, zone_on

Floats = NDArray[np.float64]
Hours = NDArray[np.int64]

_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everything planted for a span of days; the first axis of each array is the account.

    Hours are those of the zone the accounts were opened in, whoever moved since. Day 0 is the
    first day that is played; what lies before is the past.

    Attributes:
        effects: what each hour adds (log), accounts x days x 24, `past` days before day 0 first.
        levels: expected log engagement of a plain post at an hour that does nothing.
        noise: standard deviation of the luck (log).
        strength, reach: saturation, and within how many hours it works.
    """

    names: tuple[str, ...]
    first_day: date
    past: int
    effects: Floats
    levels: Floats
    noise: Floats
    strength: Floats
    reach: Floats

    @classmethod
    def of(cls, audience: Audience, *, days: int) -> "Crowd":
        """The crowd of an audience file over its past and `days` days."""
        past, accounts = audience.history_days, audience.accounts
        numbers = np.arange(-past, days)
        return cls(
            names=tuple(account.key for account in accounts),
            first_day=audience.starts_at.date(),
            past=past,
            effects=np.stack([_effects(each, numbers, audience.starts_at) for each in accounts]),
            levels=np.stack([_levels(each, numbers) for each in accounts]),
            noise=np.array([each.noise_sd for each in accounts]),
            strength=np.array([each.saturation.strength for each in accounts]),
            reach=np.array([each.saturation.hours for each in accounts]),
        )

    def weekday(self, day: int) -> int:
        """0 is Monday."""
        return (self.first_day + timedelta(days=day)).weekday()

    def gains(self, day: int, hours: Hours) -> Floats:
        """What posts at these hours (accounts x posts, -1 none) expect above a plain post.

        A post loses to every earlier one of its day that is close, as `saturation` says.
        """
        own = np.take_along_axis(self.effects[:, day + self.past], np.maximum(hours, 0), axis=1)
        apart = hours[:, :, None] - hours[:, None, :]
        earlier = (apart > 0) & (hours[:, None, :] >= 0)
        lost = self.strength[:, None, None] * np.maximum(0, 1 - apart / self.reach[:, None, None])
        return np.asarray(np.where(hours >= 0, own - (lost * earlier).sum(axis=2), np.nan))

    def answers(self, day: int, hours: Hours, luck: Floats) -> Floats:
        """Log engagement of these posts; `luck` is standard normal, one draw per post."""
        level = self.levels[:, day + self.past, None]
        logs = level + self.gains(day, hours) + self.noise[:, None] * luck
        return np.asarray(np.maximum(logs, 0.0))

    def best_hours(self, day: int, allowed: Hours, *, posts: int, gap: int) -> Hours:
        """What somebody who knows the truth posts at: the best set of hours, looked for in full."""
        sets = np.array(
            [
                each
                for each in combinations(allowed, posts)
                if all(later - early >= gap for early, later in pairwise(each))
            ]
        )
        worth = np.stack(
            [
                np.nansum(self.gains(day, np.tile(each, (len(self.names), 1))), axis=1)
                for each in sets
            ]
        )
        return np.asarray(sets[worth.argmax(axis=0)])


def past_hours(audience: Audience, crowd: Crowd, rng: np.random.Generator) -> list[Hours]:
    """When the person of the past posted: fixed hours, sometimes others, day by day."""
    brand = audience.brand_of(audience.accounts[0])
    usual = np.array([each.hour for each in brand.fixed_hours])
    shape = (len(crowd.names), len(usual))
    found = []
    for day in range(-crowd.past, 0):
        other = rng.integers(*brand.awake, shape)
        hours = np.where(rng.random(shape) < brand.other_hours_share, other, usual)
        if crowd.weekday(day) >= _WEEKEND:
            hours[:, brand.weekend_posts :] = -1
        found.append(hours)
    return found


def _effects(account: Account, days: Hours, starts_at: datetime) -> Floats:
    """Days x 24, in the middle of each hour."""
    hours = np.stack([_audience_hours(account, int(day), starts_at.date()) for day in days])
    since = days[:, None] * 24 + np.arange(24) + 0.5
    return hills(account, hours - account.drift_hours_per_month * since / HOURS_PER_MONTH)


def hills(account: Account, hours: Floats) -> Floats:
    """`sandbox.truth.hills` for many hours of the audience's week at once."""
    total = np.zeros_like(hours)
    for peak in account.activity:
        for day in DAYS[peak.days]:
            apart = np.abs(hours - (day * 24 + peak.hour)) % HOURS_PER_WEEK
            apart = np.minimum(apart, HOURS_PER_WEEK - apart) / peak.width
            total += np.where(apart < 6, peak.height * np.exp(-0.5 * apart**2), 0.0)
    return total


def _audience_hours(account: Account, day: int, first: date) -> Floats:
    today, zone = first + timedelta(days=day), zone_on(account, day)
    if zone == account.zone:
        return np.asarray(today.weekday() * 24 + np.arange(24) + 0.5)
    walls = (datetime.combine(today, time(hour, 30), tzinfo=account.zone) for hour in range(24))
    moved = [wall.astimezone(zone) for wall in walls]
    return np.array([each.weekday() * 24 + each.hour + each.minute / 60 for each in moved])


def _levels(account: Account, days: Hours) -> Floats:
    trend = np.log1p(account.trend_percent_per_month / 100) * days * 24 / HOURS_PER_MONTH
    shocks = np.array([shock_effect(account, int(day)) for day in days])
    return np.asarray(account.level + trend + shocks)
