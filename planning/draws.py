"""A draw for an order among several ways, with the odds of each as they are logged."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import exp
from statistics import fmean, pstdev

import numpy as np

from domain.writing import Brief
from planning.slots import seed_of
from storage.ledger.choices import Choice

SOFTMAX = "softmax-explore"
"""The policy of `odds_by`."""
_EVEN = 1e-9
_SHRINK = 10.0
"""Results that a way must have had for half of its lead to be believed."""


def odds_by(
    results: Mapping[str, Sequence[float]],
    *,
    exploration: float,
    usual: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """The odds of each way, by what it brought.

    Each way's mean result is shrunk towards that of all, taken in standard deviations, and turned
    into odds by a softmax; the brand's exploration is spread evenly. Without results the odds are
    the `usual` ones, or even.
    """
    every = [result for each in results.values() for result in each]
    spread = pstdev(every) if len(every) > 1 else 0.0
    mean = fmean(every) if every else 0.0
    weights = {
        way: (usual[way] if usual else 1.0)
        * exp(sum(result - mean for result in own) / (len(own) + _SHRINK) / (spread or 1.0))
        for way, own in results.items()
    }
    total = sum(weights.values())
    return {
        way: exploration / len(weights) + (1 - exploration) * weight / total
        for way, weight in weights.items()
    }


def record(results: Sequence[float]) -> str:
    """What a way brought so far, in words; results are logs of engagement against the usual."""
    if not results:
        return "not measured yet"
    return f"{len(results)} measured at {exp(fmean(results)) - 1:+.0%} of the usual"


def drawn_in_words(choice: Choice) -> str:
    """A sentence for people: what was drawn, at which odds, and against what."""
    odds = {str(each[choice.kind]): float(each["probability"]) for each in choice.candidates}
    others = {way: chance for way, chance in odds.items() if way != choice.chosen}
    where = choice.id.rpartition(f":{choice.kind}:")[2] if f":{choice.kind}:" in choice.id else ""
    name = f"{choice.kind.capitalize()} {choice.chosen}" + (f" on {where}" if where else "")
    if not others:
        return f"{name}: the only one that is open."
    if max(odds.values()) - min(odds.values()) < _EVEN:
        return f"{name}: drawn at even odds of {choice.propensity:.0%}."
    rival = max(others, key=lambda way: others[way])
    return f"{name}: drawn at odds of {choice.propensity:.0%}, {rival} at {others[rival]:.0%}."


def draw(  # noqa: PLR0913 - what is drawn, for what, how and when
    brief: Brief,
    kind: str,
    odds: Mapping[str, float],
    *,
    policy: str,
    at: datetime,
    where: str = "",
    together: bool = False,
) -> Choice:
    """One of the ways, drawn by `odds` (sum 1). The same order and odds draw the same.

    `where` names the platform, where an order has a draw for each; `together` makes these draws of
    one throw: where two have the same odds, they draw the same.
    """
    whole = f"{brief.id}:{kind}"
    name = f"{whole}:{where}" if where else whole
    dice = np.random.default_rng(seed_of(whole if together else name))
    chosen = [*odds][int(dice.choice(len(odds), p=[*odds.values()]))]
    return Choice(
        id=name,
        kind=kind,
        brand=brief.brand,
        account="",
        chosen=chosen,
        propensity=odds[chosen],
        policy=policy,
        candidates=[{kind: way, "probability": chance} for way, chance in odds.items()],
        decided_at=at,
    )
