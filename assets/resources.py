"""What assets are handed: each resource type gives a plain client from a lower package."""

from typing import Any

import dagster as dg

from runtime import build
from runtime.clock import make_clock
from runtime.settings import Settings


class LakeResource(dg.ConfigurableResource):
    """The lake of Parquet tables under AMSEL_HOME."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """A `storage.lake.Lake`."""
        return build.open_lake(Settings())


class WarehouseResource(dg.ConfigurableResource):
    """The marts that dbt builds over the lake."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """A `storage.warehouse.Warehouse`."""
        return build.open_warehouse(Settings())


class LedgerResource(dg.ConfigurableResource):
    """The ledger: SQLite under AMSEL_HOME, or the database that AMSEL_LEDGER_URL names."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """A `storage.ledger.database.Ledger`, its tables up to date."""
        return build.open_ledger(Settings())


class BlobsResource(dg.ConfigurableResource):
    """Pictures and clips by content hash, under AMSEL_HOME."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """A `storage.blobs.Blobs`."""
        return build.open_blobs(Settings())


class ModelsResource(dg.ConfigurableResource):
    """The registry of fitted models under AMSEL_HOME."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """A `storage.models.ModelRegistry`."""
        return build.open_models(Settings())


class BrandsResource(dg.ConfigurableResource):
    """The brand files, as they stand when the run starts."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """Name to `domain.brand.Brand`."""
        settings = Settings()
        return build.sync_brands(settings, build.open_ledger(settings))


class ClockResource(dg.ConfigurableResource):
    """This machine's clock, or the sandbox's."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """A `domain.clock.Clock`."""
        return make_clock(Settings())


class NetworksResource(dg.ConfigurableResource):
    """The platforms' adapters by account."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """Account id to `publishing.platforms.base.Network`."""
        return build.open_networks(Settings())


class WritersResource(dg.ConfigurableResource):
    """The writers in the order in which they are asked; the built-in composer comes last."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """A list of `content.providers.base.Writer`."""
        return build.make_writers(Settings())


class MakersResource(dg.ConfigurableResource):
    """The makers of pictures and clips that the settings name, if any."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """The `content.media.makers.base.Makers`."""
        return build.make_makers(Settings())


class SettingsResource(dg.ConfigurableResource):
    """Where things are and which world is spoken to."""

    def create_resource(self, context: dg.InitResourceContext) -> Any:  # noqa: ARG002
        """The `runtime.settings.Settings`, read from the environment."""
        return Settings()


RESOURCES: dict[str, dg.ConfigurableResource] = {
    "lake": LakeResource(),
    "warehouse": WarehouseResource(),
    "ledger": LedgerResource(),
    "blobs": BlobsResource(),
    "models": ModelsResource(),
    "brands": BrandsResource(),
    "clock": ClockResource(),
    "networks": NetworksResource(),
    "writers": WritersResource(),
    "makers": MakersResource(),
    "settings": SettingsResource(),
}
