"""What the rest of the house may know of a platform adapter: its shape, not its wire."""

from publishing.platforms.base import MetricRow, Network, OwnPost, Send
from publishing.platforms.registry import connect

__all__ = ["MetricRow", "Network", "OwnPost", "Send", "connect"]
