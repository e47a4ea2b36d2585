"""What was learnt, judged before it is trusted: back-tests, and the versions that serve."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

import dagster as dg
import polars as pl
from pydantic import Field

from assets import features
from assets.conditions import DATA, weekly
from assets.evidence import evidence
from assets.oddities import Oddities
from domain.brand import Brand
from domain.clock import Clock
from ml import figures
from ml.backtest import OURS, Decision, backtest_engagement, promote
from ml.engagement import EngagementModel
from ml.frame import prepare_posts
from ml.learning import learning_curve
from ml.persistence import dump_model, load_if_current
from ml.promotion import SERVING, SINCE, contender
from ml.seasonal import long_histories, season
from ml.serving import challenge_engagement, challenge_timing, taught_until
from ml.timing import dump_hours, fit_slots, load_hours
from ml.timing_backtest import backtest_timing, verdict
from ml.training import Age, at_comparable_age
from ml.variant_backtest import teach_variants
from ml.variants import VariantModel, dump_variants, load_variants
from runtime.build import code_version
from storage.lake import Lake
from storage.ledger.announcements import model_promoted
from storage.ledger.database import Ledger
from storage.models import ModelCard, ModelRegistry
from storage.warehouse import Warehouse

ROLLING_STEPS = 3
TAUGHT = {"account": pl.String(), "trained_until": pl.Datetime("us", "UTC")}
EXPLAINED = 5
SEASONS = 5
"""How many accounts' seasons are drawn; each takes Prophet a fit."""


class AgeConfig(dg.Config):
    """At which age posts are compared, and what of them is read."""

    age: Age = Field(
        default=Age.DAY,
        description="Counts 24 h after publishing, by which drafts are forecast, or 7 days after "
        "it: that back-test and model are kept beside it under names of their own.",
    )
    meaning: bool = Field(
        default=False,
        description="Also read what English posts mean, with a small language model: forecasts "
        "order them better, at some 10 to 20 ms for each text that a process reads first.",
    )

    def of(self, name: str) -> str:
        """The name under which a table or model of that age is kept."""
        return name if self.age is Age.DAY else f"{name}_{self.age}"


@dg.asset(
    deps=[features.engagement_features],
    kinds={"scikitlearn"},
    owners=DATA,
    automation_condition=weekly,
)
def engagement_backtest(
    config: AgeConfig,
    lake: dg.ResourceParam[Lake],
    warehouse: dg.ResourceParam[Warehouse],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    models: dg.ResourceParam[ModelRegistry],
) -> dg.MaterializeResult:
    """One row per model and metric: how well each would have forecast posts it had never seen.

    The first 70 % of each account teach, the last 30 % judge, the origin rolling on in three steps.
    Ours stands beside the plain baselines; the Spearman figure is within accounts, `lead` how far a
    baseline's lies above ours. `serving` is the version that serves, judged by what it never saw,
    and `amsel_since` ours on those posts, or `KIND_since` a rival that is proven to lead.
    The learning curve beside it tells whether more posts would teach more.
    """
    posts, zones = _posts(warehouse, lake, config.age), _zones(brands)
    test = backtest_engagement(posts, zones=zones, steps=ROLLING_STEPS, meant=config.meaning)
    kind = contender(test.scores)
    curve = learning_curve(posts, kind=kind, zones=zones, meant=config.meaning)
    serving = serving_engagement(models, config.of("engagement"))
    beside = challenge_engagement(posts, serving, kind=kind, zones=zones, meant=config.meaning)
    scores = pl.concat([test.scores, beside])
    lake.replace(config.of("engagement_backtest"), scores)
    ours = test.predictions.filter(pl.col("model") == OURS)
    pictures = {
        "back-test": figures.backtest_chart(scores),
        "forecast against outcome": figures.forecast_vs_outcome(ours),
        "calibration of the 90 % intervals": figures.calibration(ours),
        "learning curve": figures.learning_chart(curve),
    }
    tables = {"scores": _wide(scores), "what more posts teach": curve}
    facts = {"would serve": kind}
    return evidence(scores, pictures=pictures, tables=tables, facts=facts, scores=True)


@dg.asset(
    deps=[engagement_backtest],
    kinds={"scikitlearn"},
    owners=DATA,
    automation_condition=weekly,
)
def engagement_model(  # noqa: PLR0913 - each is a store that it reads
    config: AgeConfig,
    lake: dg.ResourceParam[Lake],
    warehouse: dg.ResourceParam[Warehouse],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    ledger: dg.ResourceParam[Ledger],
    models: dg.ResourceParam[ModelRegistry],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult:
    """One row per score of the version that was trained; it serves if the back-test chose it.

    It is of the kind that won: ours, or a plain rival that is proven to rank posts better. It must
    also beat the version that serves; otherwise that one stays, or none serves. Of whichever kind,
    it forecasts the engagement of a post against its account's own level, with a 90 % interval.
    """
    posts, scores = _posts(warehouse, lake, config.age), lake.read(config.of("engagement_backtest"))
    decision = _gate(scores, metric="spearman")
    model = EngagementModel.fit(
        posts, kind=decision.kind, zones=_zones(brands), meant=config.meaning
    )
    read = {"zones": _zones(brands), **config.model_dump(mode="json")}
    card = _card(posts, scores, decision, clock, read=read, kind=decision.kind)
    version = _offer(models, config.of("engagement"), dump_model(model), card, decision)
    _announce(ledger, models, config.of("engagement"))
    facts = {
        "version": version,
        "kind": decision.kind,
        "serves": decision.promoted,
        "why": decision.reason,
    }
    odd = Oddities.of(posts, _zones(brands))
    facts |= _reasons(model, posts) | odd.facts
    return evidence(scores, facts=facts, tables=odd.tables, scores=True)


@dg.asset(
    deps=[features.engagement_features], kinds={"scipy"}, owners=DATA, automation_condition=weekly
)
def timing_backtest(
    lake: dg.ResourceParam[Lake],
    warehouse: dg.ResourceParam[Warehouse],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    models: dg.ResourceParam[ModelRegistry],
) -> dg.MaterializeResult:
    """One row per policy and metric: what its hours promised, and what they then delivered.

    Content and level are taken out, so that an hour is not praised for what was posted in it.
    `claimed_shuffled` is what a policy would promise if the hours were dealt out at random.
    `serving` are the hours that serve, judged by posts since they were learnt, and `amsel_since`
    new ones on those posts.
    """
    posts, zones = _posts(warehouse, lake), _zones(brands)
    test = backtest_timing(posts, zones=zones)
    scores = pl.concat(
        [test.scores, challenge_timing(posts, *_hours_on_trial(models), zones=zones)]
    )
    lake.replace("timing_backtest", scores)
    picture = figures.backtest_chart(scores, metric="delivered")
    return evidence(
        scores,
        pictures={"delivered uplift": picture},
        facts={"verdict": verdict(test.scores)},
        tables={"claim beside delivery (0.1 is 10 % more than the other hours)": _wide(scores)},
        scores=True,
    )


@dg.asset(deps=[timing_backtest], kinds={"scipy"}, owners=DATA, automation_condition=weekly)
def timing_model(
    lake: dg.ResourceParam[Lake],
    warehouse: dg.ResourceParam[Warehouse],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    ledger: dg.ResourceParam[Ledger],
    models: dg.ResourceParam[ModelRegistry],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult:
    """One row per account and hour of the week: what the hour does, with a 90 % interval.

    Effects are shrunk to the population and smooth around the week. An hour that is not proven says
    so; where none is, the brand's default times serve. The lake's `slot_effects` shows the hours
    that serve after this run, which are older ones where these were not promoted.
    """
    posts = _posts(warehouse, lake)
    effects = fit_slots(posts, zones=_zones(brands))
    scores = lake.read("timing_backtest")
    decision = _gate(scores, metric="delivered")
    card = _card(posts, scores, decision, clock, read={"zones": _zones(brands)})
    version = _offer(models, "timing", dump_hours(effects), card, decision)
    _announce(ledger, models, "timing")
    lake.replace("slot_effects", serving_hours(models, models.serving("timing")))
    pictures = {
        f"hours of {account}": figures.slot_heatmap(effects, account)
        for account in figures.worth_drawing(effects)
    } | {
        f"season of {account}": figures.season_chart(season(posts, account), account)
        for account in long_histories(posts)[:SEASONS]
    }
    odd = Oddities.of(posts, _zones(brands))
    facts = {"version": version, "serves": decision.promoted, "why": decision.reason} | odd.facts
    return evidence(effects, pictures=pictures, facts=facts, tables=odd.tables)


@dg.asset(kinds={"onnx"}, owners=DATA, automation_condition=weekly)
def variant_model(
    lake: dg.ResourceParam[Lake],
    models: dg.ResourceParam[ModelRegistry],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult:
    """One row per model and metric: how well each told which text of a finished test would win.

    What serves is a prior: it chooses among the variants of an order where no forecast does. Tests
    come from `amsel import variants`; without them, or where plain rivals do as well, none serves.
    """
    tests = lake.read("variant_tests")
    taught = teach_variants(tests)
    facts = {"serves": taught.decision.promoted, "why": taught.decision.reason}
    if taught.model is not None:
        card = ModelCard(
            data_hash=hashlib.sha256(tests.write_csv().encode()).hexdigest(),
            code_version=code_version(),
            created_at=clock.now(),
            scores=tuple(taught.scores.to_dicts()),
            decision=taught.decision.reason,
            notes={"tests": tests["test_id"].n_unique()},
        )
        content = dump_variants(taught.model)
        facts["version"] = _offer(models, "variants", content, card, taught.decision)
    return evidence(taught.scores, facts=facts, scores=True)


@dg.asset_check(asset=engagement_model, blocking=True)
def a_serving_model_can_be_read(models: dg.ResourceParam[ModelRegistry]) -> dg.AssetCheckResult:
    """What serves lies whole in the registry, under the hash that its card names."""
    return _can_be_read(models, "engagement")


@dg.asset_check(asset=timing_model, blocking=True)
def serving_hours_can_be_read(models: dg.ResourceParam[ModelRegistry]) -> dg.AssetCheckResult:
    """The hours that serve lie whole in the registry, under the hash that their card names."""
    return _can_be_read(models, "timing")


def _can_be_read(models: ModelRegistry, name: str) -> dg.AssetCheckResult:
    version = models.serving(name)
    size = len(models.load(name)) if version else 0
    return dg.AssetCheckResult(
        passed=version is None or size > 0,
        metadata={"serving": version or "none", "bytes": size},
    )


def serving_wording(models: ModelRegistry) -> VariantModel | None:
    """The model of variants that serves, if one does."""
    version = models.serving("variants")
    return load_variants(models.load("variants", version)) if version else None


def _posts(warehouse: Warehouse, lake: Lake, age: Age = Age.DAY) -> pl.DataFrame:
    performance, trends = warehouse.read("fct_post_performance"), lake.read("trends")
    return prepare_posts(at_comparable_age(performance, age, trends=trends))


def _zones(brands: Mapping[str, Brand]) -> dict[str, str]:
    return {account.id: account.time_zone for b in brands.values() for account in b.accounts}


def serving_engagement(models: ModelRegistry, name: str = "engagement") -> EngagementModel | None:
    """The model that serves, if one does that this code can read."""
    version = models.serving(name)
    return load_if_current(models.load(name, version)) if version else None


def serving_hours(models: ModelRegistry, version: str | None) -> pl.DataFrame:
    """The hours of the version of the timing model that serves; none where none serves."""
    return load_hours(models.load("timing", version) if version else None)


def _hours_on_trial(models: ModelRegistry) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """The hours that serve, and per account until when posts taught them."""
    version = models.serving("timing")
    if version is None:
        return None, pl.DataFrame(schema=TAUGHT)
    effects = serving_hours(models, version)
    card = models.card("timing", version)
    # a card of an earlier version does not say until when: nothing can have taught it later
    told = card.notes.get("taught_until") or dict.fromkeys(
        effects["account"].unique(), card.created_at.isoformat()
    )
    until = [datetime.fromisoformat(instant) for instant in told.values()]
    return effects, pl.DataFrame({"account": list(told), "trained_until": until}, schema=TAUGHT)


def _gate(scores: pl.DataFrame, *, metric: str) -> Decision:
    ours = pl.col("model") == OURS
    duel = (pl.col("model") == SERVING) | pl.col("model").str.ends_with(SINCE)
    serving = scores.filter(duel)
    return promote(
        scores.filter(ours),
        serving if serving.height else None,
        scores.filter(~ours & ~duel),
        metric=metric,
    )


def _reasons(model: EngagementModel, posts: pl.DataFrame) -> dict[str, str]:
    """What raised and lowered the forecasts of the newest posts, a sentence each."""
    newest = posts.sort("published_at").tail(EXPLAINED)
    earlier = posts.filter(pl.col("account").is_in(newest["account"].unique().implode()))
    said = model.predict(newest, history=earlier, why=True)
    rows = newest.select("post_id", "account", "published_at").iter_rows()
    names = {post: f"forecast on {account}, {at:%d %b %H:%M}" for post, account, at in rows}
    return {names[post]: why for post, why in said.select("post_id", "why").iter_rows()}


def data_hash(posts: pl.DataFrame, read: Mapping[str, object]) -> str:
    """What a model was taught by: every column of its posts, in their order, and what else it read.

    `read` is JSON data: zones and configuration.
    """
    plain = posts.select(pl.col(sorted(posts.columns)))
    found = hashlib.sha256(plain.write_ndjson().encode())
    found.update(json.dumps(read, sort_keys=True).encode())
    return found.hexdigest()


def _card(
    posts: pl.DataFrame,
    scores: pl.DataFrame,
    why: Decision,
    clock: Clock,
    *,
    read: Mapping[str, object],
    **notes: object,
) -> ModelCard:
    return ModelCard(
        data_hash=data_hash(posts, read),
        code_version=code_version(),
        created_at=clock.now(),
        scores=tuple(scores.to_dicts()),
        decision=why.reason,
        notes=notes
        | {
            "posts": posts.height,
            "accounts": posts["account"].n_unique(),
            "taught_until": {name: at.isoformat() for name, at in taught_until(posts).iter_rows()},
        },
    )


def _offer(
    models: ModelRegistry, name: str, content: bytes, card: ModelCard, decision: Decision
) -> str:
    version = models.save(name, content, card)
    if decision.promoted:
        models.promote(name, version)
    return version


def _announce(ledger: Ledger, models: ModelRegistry, name: str) -> None:
    """Tell of the version that serves, now or in the next run if this one dies before it."""
    version = models.serving(name)
    if version is None:
        return
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        model_promoted(connection, name, models.card(name, version), now=now)


def _wide(scores: pl.DataFrame) -> pl.DataFrame:
    """One row per model; `posts` beside it, since not all models are judged by the same."""
    figures = scores.pivot("metric", index="model", values="value")
    judged = scores.group_by("model").agg(pl.col("posts").first())
    return figures.join(judged, on="model").sort("model")
