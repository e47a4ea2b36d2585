"""What the catalogue shows of every asset: whose it is, its grain, its kind, its checks."""

import dagster as dg
import pytest

from assets.columns import MEANINGS
from storage.lake_tables import TABLES
from tests.graph import own_assets

SOURCES = {"posts", "engagement_snapshots", "trends"}
"""What comes from outside."""
GRAINS = ("One row per ", "One version ")


def test_every_asset_has_an_owner(graph: dg.Definitions) -> None:
    orphans = [spec.key.to_user_string() for spec in _assets(graph) if not spec.owners]
    assert [] == orphans


def test_every_description_begins_with_the_grain(graph: dg.Definitions) -> None:
    vague = {
        spec.key.to_user_string(): spec.description
        for spec in _assets(graph)
        if not (spec.description or "").strip().startswith(GRAINS)
    }
    assert {} == vague


def test_no_asset_has_more_than_three_kinds(graph: dg.Definitions) -> None:
    kinds = {spec.key.to_user_string(): spec.kinds for spec in _assets(graph)}
    assert {} == {name: found for name, found in kinds.items() if not 1 <= len(found) <= 3}


def test_the_group_of_an_asset_is_the_module_that_it_is_written_in(graph: dg.Definitions) -> None:
    import assets

    modules = {
        asset.key.to_user_string(): asset.op.compute_fn.decorated_fn.__module__
        for asset in graph.assets
        if isinstance(asset, dg.AssetsDefinition) and len(asset.keys) == 1
    }
    groups = {
        spec.key.to_user_string(): f"{assets.__name__}.{spec.group_name}"
        for spec in own_assets(graph)
    }
    assert modules == groups


def test_what_comes_from_outside_goes_stale(graph: dg.Definitions) -> None:
    watched = {
        spec.key.to_user_string() for spec in _assets(graph) if spec.freshness_policy is not None
    }
    assert watched == SOURCES


def test_what_comes_from_outside_is_judged_before_anything_is_built_on_it(
    graph: dg.Definitions,
) -> None:
    blocking = {spec.asset_key.to_user_string() for spec in _checks(graph) if spec.blocking}
    assert set() == SOURCES - blocking


def test_every_dbt_test_is_a_check(graph: dg.Definitions) -> None:
    judged = {
        spec.asset_key for spec in _checks(graph) if spec.asset_key.path[-1].startswith("fct_")
    }
    facts = {spec.key for spec in _assets(graph) if spec.key.path[-1].startswith("fct_")}
    assert facts == judged


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_of_the_lake_has_a_meaning(table: str) -> None:
    strangers = {"quarantine"}
    unknown = set(TABLES[table]) - set(MEANINGS) if table not in strangers else set()
    assert set() == unknown


def _assets(graph: dg.Definitions) -> list[dg.AssetSpec]:
    specs = graph.resolve_all_asset_specs()
    return [spec for spec in specs if graph.resolve_asset_graph().get(spec.key).is_materializable]


def _checks(graph: dg.Definitions) -> list[dg.AssetCheckSpec]:
    asset_graph = graph.resolve_asset_graph()
    return [asset_graph.get_check_spec(key) for key in asset_graph.asset_check_keys]
