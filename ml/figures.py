"""Pictures of what the models know and how sure they are, as small PNG files."""

import io
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from domain.brand import WEEKDAYS
from ml.judging import spearman
from ml.promotion import SERVING, SINCE, contender

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#1f2933"
MUTED = "#7b8794"
OURS = "#0b6e4f"
OTHERS = "#c5ced6"
ACCENT = "#e07a1f"
_DPI = 110
_DOTS = 2000
_FEW_POSTS = 50
_MEANINGS = {
    "spearman": "rank correlation of forecast and outcome within accounts, higher is better",
    "delivered": "engagement at the chosen hours against the account's other posts, %",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_STARTS = (1, 32, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)
_LATE_TICKS = [0.1, 0.3, 1, 3, 10, 30, 60, 300, 900, 3600, 4 * 3600, 86400]


class _Drawn:
    """What was drawn lately, by what it showed: teaching and the report show the same hours."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[tuple[str, str], bytes] = {}

    def of(self, draw: Callable[[pl.DataFrame], bytes], rows: pl.DataFrame) -> bytes:
        """The picture that `draw` makes of the rows: the one of before where none has changed."""
        key = draw.__name__, sha256(rows.write_csv().encode()).hexdigest()
        picture = self._kept.pop(key, None) or draw(rows)
        self._kept[key] = picture
        while len(self._kept) > self._most:
            self._kept.pop(next(iter(self._kept)), None)
        return picture


_DRAWN = _Drawn(most=64)


def worth_drawing(effects: pl.DataFrame) -> list[str]:
    """The accounts whose heat map would show more than what all accounts have in common."""
    known = effects.group_by("account").agg(pl.col("posts").sum())
    return known.filter(pl.col("posts") >= _FEW_POSTS)["account"].sort().to_list()


def slot_heatmap(effects: pl.DataFrame, account: str) -> bytes:
    """PNG: weekday by hour, colour the effect in percent; what is not proven is pale.

    Dots mark the proven slots. Below it the half width of the 90 % interval by hour, so that
    the eye sees what is unknown.
    """
    shown = ("account", "slot", "effect", "lower", "upper", "posts", "evidence")
    return _DRAWN.of(_heatmap, effects.filter(pl.col("account") == account).select(shown))


def _heatmap(effects: pl.DataFrame) -> bytes:
    own, account = effects.sort("slot"), effects["account"][0]
    grid = 100 * np.expm1(own["effect"].to_numpy()).reshape(7, 24)
    proven_grid = own["evidence"].to_numpy().reshape(7, 24)
    reach = max(15.0, float(np.abs(grid).max()))
    figure, (top, bottom) = _figure(9, 4.6, rows=2, heights=(4, 1))
    _fixed(figure, left=0.06, right=0.88, bottom=0.03, top=0.88, hspace=0.38)
    image = top.imshow(grid, cmap="BrBG", vmin=-reach, vmax=reach, aspect="auto",
                       alpha=np.where(proven_grid, 1.0, 0.4))  # fmt: skip
    known = own.filter("evidence")["slot"].to_numpy()
    top.plot(known % 24, known // 24, "o", color=INK, markersize=3)
    top.set_yticks(range(7), [day.capitalize() for day in WEEKDAYS])
    top.set_xticks(range(0, 24, 3), [f"{hour:02}:00" for hour in range(0, 24, 3)])
    proven = int(own["evidence"].sum())
    note = (
        f"{proven} of 168 hours proven (full colour)" if proven else "no hour is proven yet (pale)"
    )
    _title(top, f"What an hour does for {account}", f"{int(own['posts'].sum())} posts, {note}")
    bar = figure.colorbar(image, cax=figure.add_axes((0.905, 0.08, 0.022, 0.76)))
    bar.set_label("engagement against the average post, %", color=MUTED, fontsize=8)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, colors=INK, length=0)
    width = 50 * (np.expm1(own["upper"].to_numpy()) - np.expm1(own["lower"].to_numpy()))
    bottom.bar(range(24), width.reshape(7, 24).mean(axis=0), color=OTHERS, width=0.8)
    bottom.set_xlim(-0.5, 23.5)
    bottom.set_xticks(range(0, 24, 3), [])
    bottom.set_ylabel("± %", color=MUTED, fontsize=8)
    bottom.set_title(
        "Half width of the 90 % interval, by hour", loc="left", fontsize=8, color=MUTED
    )
    return _png(figure)


def lateness(sent: pl.DataFrame) -> bytes:
    """PNG: how late each platform's deliveries went out, as the share that was out by then.

    `sent` holds platform and late_seconds (due to sent). The axis is logarithmic from 0.1 s; what
    was earlier counts as 0.1 s.
    """
    figure, axes = _figure(6.4, 3.4)
    _fixed(figure, left=0.09, right=0.66, bottom=0.14, top=0.86)
    for platform, rows in sorted(sent.group_by("platform"), key=lambda group: group[0]):
        late = np.sort(np.maximum(rows["late_seconds"].to_numpy(), 0.1))
        share = 100 * np.arange(1, len(late) + 1) / len(late)
        p50, p99 = np.quantile(late, [0.5, 0.99])
        label = f"{platform[0]}: p50 {p50:.1f} s, p99 {p99:.1f} s"
        axes.step(late, share, where="post", linewidth=1.6, label=label)
    axes.set_xscale("log")
    latest = sent["late_seconds"].to_numpy().max()
    shown = _LATE_TICKS[: int(np.searchsorted(_LATE_TICKS, latest)) + 1]
    axes.set_xticks(shown, [f"{tick:g}" for tick in shown])
    axes.set_xticks([], minor=True)
    axes.set_ylim(0, 101)
    axes.set_xlabel("seconds after it was due", color=MUTED, fontsize=8)
    axes.set_ylabel("% out by then", color=MUTED, fontsize=8)
    # beside the lines: where there is room among them depends on what was late
    axes.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    _title(axes, "How late posts went out", f"{sent.height} deliveries")
    return _png(figure)


def forecast_vs_outcome(frame: pl.DataFrame) -> bytes:
    """PNG: forecast against outcome, both relative to the account's level.

    `frame` holds predicted, lower, upper, actual.
    """
    known = frame.drop_nulls(["predicted", "actual"])
    shown = known.sample(min(_DOTS, known.height), seed=0)
    figure, axes = _figure(5.6, 5.2)
    ends = np.array([float(np.quantile(known["actual"], q)) for q in (0.005, 0.995)])
    axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle="--")
    # a handful of posts must be seen, thousands must not become a blot
    size, alpha = (34, 0.8) if shown.height < 200 else (9, 0.35)
    axes.scatter(shown["predicted"], shown["actual"], s=size, alpha=alpha, color=OURS, linewidths=0)
    axes.set_ylim(ends[0] - 0.5, ends[1] + 0.5)
    axes.set_xlabel("forecast (log, against the account's level)", color=MUTED, fontsize=8)
    axes.set_ylabel("outcome (log, likewise)", color=MUTED, fontsize=8)
    rank = spearman(known["predicted"].to_numpy(), known["actual"].to_numpy())
    _title(axes, "Forecast against outcome", f"{known.height} posts, rank correlation {rank:.2f}")
    return _png(figure)


def backtest_chart(scores: pl.DataFrame, *, metric: str = "spearman") -> bytes:
    """PNG: every model's score with its 90 % interval, best on top; in colour what would serve.

    That is ours, or a rival that is proven to lead. `delivered` is shown in percent, with how many
    posts stood in the hours that each chose. The serving version and what would serve on the posts
    that judge it stand below: they are other posts.
    """
    known = scores.filter((pl.col("metric") == metric) & pl.col("value").is_not_null())
    since = (pl.col("model") == SERVING) | pl.col("model").str.ends_with(SINCE)
    ours, delivered = contender(scores), metric == "delivered"
    newer = pl.format("{}, {} newer posts", "model", "posts")
    plain = pl.format("{}, {} posts", "model", "posts") if delivered else pl.col("model")
    rows = (
        known.with_columns(since=since, name=pl.when(since).then(newer).otherwise(plain))
        .with_columns(pl.col("value", "lower", "upper") * (100 if delivered else 1))
        .sort("since", "value", descending=[True, False])
    )  # fmt: skip
    figure, axes = _figure(7, 1.1 + 0.42 * max(rows.height, 3))
    colours = [OURS if model in (ours, ours + SINCE) else OTHERS for model in rows["model"]]
    bars = axes.barh(rows["name"], rows["value"], color=colours, height=0.62)
    for bar, apart in zip(bars, rows["since"], strict=True):
        bar.set_alpha(0.5 if apart else 1.0)
    reach = rows["lower"].fill_null(rows["value"]), rows["upper"].fill_null(rows["value"])
    axes.hlines(rows["name"], *reach, color=INK, linewidth=1)
    edge = max(reach[1].to_list(), default=0.0)
    for place, (value, upper) in enumerate(zip(rows["value"], reach[1], strict=True)):
        told = f"{value:+.1f} %" if delivered else f"{value:.3f}"
        axes.text(max(upper, 0) + 0.015 * edge, place, told, va="center", fontsize=8,
                  color=INK)  # fmt: skip
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.margins(x=0.12)
    axes.set_xlabel(_MEANINGS.get(metric, metric), color=MUTED, fontsize=8)
    judged = max(rows.filter(~pl.col("since"))["posts"].to_list(), default=0)
    posts = "posts" if delivered else f"{judged} posts"
    _title(axes, f"Back-test: {metric}", f"{posts} that no model had seen; lines: 90 % intervals")
    return _png(figure)


def learning_chart(curve: pl.DataFrame) -> bytes:
    """PNG: how well judged posts were ranked by how much of the past taught, with 90 % intervals.

    `curve` are rows of `ml.learning.learning_curve`.
    """
    figure, axes = _figure(6.4, 3.4)
    share = 100 * curve["share"]
    axes.fill_between(share, curve["lower"], curve["upper"], color=OURS, alpha=0.12, linewidth=0)
    axes.plot(share, curve["spearman"], "o-", color=OURS, markersize=5)
    shares = curve.select("share", "taught").iter_rows()
    ticks = [f"{100 * part:.0f} %\n{posts:,} posts" for part, posts in shares]
    axes.set_xticks(share.to_list(), ticks)
    axes.set_xlabel("of the past taught, the most recent part", color=MUTED, fontsize=8)
    axes.set_ylabel("rank correlation within accounts", color=MUTED, fontsize=8)
    judged = int(curve["posts"][0])
    _title(axes, "What more posts teach", f"judged by the same {judged} later posts; band: 90 %")
    return _png(figure)


def season_chart(season: pl.DataFrame, account: str) -> bytes:
    """PNG: each week's mean against the level of years that Prophet sees, below it the year alone.

    `season` are rows of `ml.seasonal.season`.
    """
    figure, (top, bottom) = _figure(9, 4.6, rows=2, heights=(3, 2))
    weeks = season["week"].to_numpy()
    counted = [np.expm1(season[name].to_numpy()) for name in ("mean", "level", "lower", "upper")]
    mean, level, *band = (np.maximum(each, 0.1) for each in counted)
    top.fill_between(weeks, *band, color=OURS, alpha=0.12, linewidth=0)
    top.plot(weeks, mean, ".", color=MUTED, markersize=3)
    top.plot(weeks, level, color=OURS, linewidth=1.4)
    top.set_yscale("log")
    top.set_ylabel("engagement of a post", color=MUTED, fontsize=8)
    year = season.with_columns(pl.col("week").dt.ordinal_day().alias("day")).sort("day")
    bottom.plot(year["day"], 100 * np.expm1(year["season"].to_numpy()), color=ACCENT)
    bottom.axhline(0, color=MUTED, linewidth=0.8)
    bottom.set_xticks(_MONTH_STARTS, list(_MONTHS))
    bottom.set_ylabel("% against the trend", color=MUTED, fontsize=8)
    bottom.set_title("What the time of the year adds to that or takes from it", loc="left",
                     fontsize=8, color=MUTED)  # fmt: skip
    _title(top, f"Season of {account}", f"{season.height} weeks (dots) and Prophet's level; band: "
           "where 90 % of weeks should lie; it is shown, hours do not use it")  # fmt: skip
    return _png(figure)


def arms_chart(arms: pl.DataFrame, title: str) -> bytes:
    """PNG: what each arm of an experiment brought against all of them, with its 90 % interval.

    `arms` holds arm, orders, arm_effect, lower, upper, answer; a winner is in colour.
    """
    rows = arms.sort("arm_effect")
    figure, axes = _figure(6.4, 0.9 + 0.42 * max(rows.height, 3))
    won = rows["answer"][0] == "winner"
    colours = [OURS if won and place == rows.height - 1 else OTHERS for place in range(rows.height)]
    effect, *reach = (
        100 * np.expm1(rows[name].to_numpy()) for name in ("arm_effect", "lower", "upper")
    )
    axes.barh(rows["arm"], effect, color=colours, height=0.62)
    axes.hlines(rows["arm"], *reach, color=INK, linewidth=1)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_xlabel("engagement against the mean opening, %", color=MUTED, fontsize=8)
    _title(axes, f"Openings of {title}", f"{rows['orders'].sum()} orders: {rows['answer'][0]}")
    return _png(figure)


def calibration(frame: pl.DataFrame) -> bytes:
    """PNG: how often the 90 % interval held, over time in tenths of the judged posts.

    `frame` holds lower, upper, actual in time order.
    """
    known = frame.drop_nulls(["lower", "upper", "actual"])
    parts = min(10, max(1, known.height // 20))
    held = known.select(
        inside=pl.col("actual").is_between(pl.col("lower"), pl.col("upper")),
        part=pl.int_range(pl.len()) * parts // pl.len(),
    )
    shares = held.group_by("part").agg(pl.col("inside").mean() * 100, pl.len()).sort("part")
    figure, axes = _figure(6.4, 3.4)
    axes.axhspan(88, 92, color=OURS, alpha=0.12, linewidth=0)
    axes.axhline(90, color=OURS, linewidth=1)
    axes.plot(shares["part"] + 1, shares["inside"], "o-", color=ACCENT, markersize=5)
    axes.set_ylim(min(70.0, float(shares["inside"].min() or 0) - 3), 101)  # type: ignore[arg-type]
    axes.set_xticks(range(1, parts + 1))
    axes.set_xlabel(f"judged posts in time order, in {parts} parts", color=MUTED, fontsize=8)
    axes.set_ylabel("outcomes inside, %", color=MUTED, fontsize=8)
    whole = 100 * float(held["inside"].mean() or 0)  # type: ignore[arg-type]
    _title(axes, "Does the 90 % interval hold?", f"{whole:.1f} % of {known.height} outcomes inside")
    return _png(figure)


def _figure(
    width: float, height: float, *, rows: int = 1, heights: tuple[int, ...] = (1,)
) -> tuple["Figure", Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, 1, height_ratios=heights)
    for each in np.atleast_1d(axes):
        each.spines[["top", "right"]].set_visible(False)
        each.spines[["left", "bottom"]].set_color(OTHERS)
        each.tick_params(labelsize=8, colors=INK, length=0)
    return figure, axes


def _fixed(figure: "Figure", **margins: float) -> None:
    """For labels that always take the same room: to measure them takes a third of the drawing."""
    figure.set_layout_engine(None)
    figure.subplots_adjust(**margins)


def _title(axes: Any, title: str, note: str) -> None:
    axes.set_title(f"{title}\n", loc="left", fontsize=11, color=INK, fontweight="bold")
    axes.text(0, 1.02, note, transform=axes.transAxes, fontsize=8.5, color=MUTED, va="bottom")


def _png(figure: "Figure") -> bytes:
    # drawn once; `savefig` would draw it twice, first to learn its size
    from PIL import Image

    canvas: Any = figure.canvas
    canvas.draw()
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").save(buffer, "png")
    return buffer.getvalue()
