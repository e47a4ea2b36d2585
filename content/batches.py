"""Which writers take orders in batches, and by which interface."""

from collections.abc import Sequence

from content.providers.anthropic_batches import AnthropicBatches
from content.providers.anthropic_writer import AnthropicWriter
from content.providers.base import Writer
from content.providers.batches import Batches
from content.providers.openai_batches import OpenAIBatches
from content.providers.openai_writer import OpenAIWriter
from content.providers.prices import BATCH_SHARE

_FULL = 1.0


def batches_of(writers: Sequence[Writer]) -> dict[str, Batches]:
    """The batch interfaces of those writers that have one, by the writers' names.

    At the address of another than the provider nobody says that batches are cheaper.
    """
    found = {writer.name: _batches_of(writer) for writer in writers}
    return {name: wire for name, wire in found.items() if wire is not None}


def _batches_of(writer: Writer) -> Batches | None:
    if isinstance(writer, OpenAIWriter):
        return OpenAIBatches(writer, _FULL if writer.base_url else BATCH_SHARE)
    if isinstance(writer, AnthropicWriter):
        return AnthropicBatches(writer, _FULL if writer.base_url else BATCH_SHARE)
    return None
