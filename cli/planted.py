"""Experiments and attacks whose truth was planted: what the engine gets right, printed."""

from collections.abc import Sequence
from pathlib import Path

from domain.errors import InputError

RUNS = 2000
ATTACKS = 300
HOUR_ATTACKS = 80
"""Each fits a model of two accounts with 400 posts: some minutes for all."""
DRAFT_ATTACKS = 160
"""Each fits a model of one account with 400 posts."""
SAID = {
    "false_winner_two_arms": "a winner named between two equals, 100 looks",
    "false_winner_five_arms": "the same between five equals",
    "false_winner_of_two_equals": "one of two equals named ahead of three worse ones",
    "false_winner_heavy_tails": "between two equals whose posts now and then go viral",
    "power_at_20_looks": "a lead of 0.2 (log) seen within 570 posts, 20 looks",
    "power_fixed_test": "the same by one test at the end",
    "power_ratio": "the former over the latter",
    "posts_best_of_five": "posts until the best of five leads in 3 runs of 4, top-two",
    "posts_best_of_five_uniform": "the same with every arm tried alike",
    "posts_ratio": "the former over the latter",
}


def play_planted(inputs: Sequence[Path] | None) -> dict[str, object]:
    """Play and print trials with a known truth; returns the figures as JSON data."""
    from rich.console import Console
    from rich.table import Table

    from ml.draft_trials import draft_figures
    from ml.experiment_trials import planted
    from ml.hour_trials import hour_figures
    from ml.poison_trials import poison_figures

    if inputs:
        raise InputError("experiments are invented and need no table; leave it out")
    figures = planted(RUNS) | poison_figures(ATTACKS)
    figures |= hour_figures(HOUR_ATTACKS) | draft_figures(DRAFT_ATTACKS)
    table = Table(
        title=f"planted truths, {RUNS} runs each; attacks by fake likes, {ATTACKS} each on "
        f"variants, {HOUR_ATTACKS} on hours and {DRAFT_ATTACKS} on drafts (at most: with 95 % "
        "confidence)"
    )
    table.add_column("what")
    table.add_column("figure", justify="right")
    for name, figure in figures.items():
        table.add_row(
            SAID.get(name, name.replace("_", " ")),
            f"{figure:,.0f}" if figure > 10 else f"{figure:.3f}",
        )
    Console().print(table)
    return {
        "kind": "experiments",
        "runs": RUNS,
        "attacks": ATTACKS,
        "hour_attacks": HOUR_ATTACKS,
        "draft_attacks": DRAFT_ATTACKS,
        "figures": figures,
    }
