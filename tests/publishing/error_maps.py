"""How each platform's refusals become errors of ours: six functions of one shape."""

from datetime import timedelta

from publishing.platforms import (
    bluesky_errors,
    graph_errors,
    linkedin_errors,
    mastodon_errors,
    tiktok_errors,
    x_errors,
)


def graph_error(response, where, *, changes_something, now):
    at = graph_errors.Circumstances(where, now, changes_something, timedelta(minutes=5))
    return graph_errors.error_for(response, at)


ADAPTERS = {
    "x": x_errors.error_for,
    "bluesky": bluesky_errors.error_for,
    "mastodon": mastodon_errors.error_for,
    "meta": graph_error,
    "linkedin": linkedin_errors.error_for,
    "tiktok": tiktok_errors.error_for,
}
