"""What the rest of the house may know of a platform adapter: its shape, not its wire."""

from publishing.platforms.base import MetricRow, Network, OwnPost, Send

__all__ = ["MetricRow", "Network", "OwnPost", "Send"]
