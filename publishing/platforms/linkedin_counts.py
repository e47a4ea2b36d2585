"""The counts of LinkedIn posts: many at once for an organisation, one by one for a member."""

from collections.abc import Iterator, Mapping, Sequence

from domain.errors import Rejected
from publishing.platforms.base import translated
from publishing.platforms.linkedin_api import LinkedInApi, encoded, listed

Counts = Mapping[str, tuple[int | None, str]]
ORGANIZATION = {
    "impressions": "impressionCount",
    "reach": "uniqueImpressionsCount",
    "likes": "likeCount",
    "comments": "commentCount",
    "shares": "shareCount",
    "clicks": "clickCount",
}
MEMBER = {
    "impressions": "IMPRESSION",
    "reach": "MEMBERS_REACHED",
    "likes": "REACTION",
    "comments": "COMMENT",
    "shares": "RESHARE",
    "saves": "POST_SAVE",
    "clicks": "LINK_CLICKS",
}
NEWER = ("POST_SAVE", "LINK_CLICKS")
"""Query types that not every version knows: refused, they count as not given."""
KINDS = {"urn:li:share:": ("shares", "share"), "urn:li:ugcPost:": ("ugcPosts", "ugc")}
"""A post's URN by its beginning: the parameter of the page statistics, the key of a member's."""


def organization_counts(
    api: LinkedInApi, urns: Sequence[str], *, owner: str
) -> Iterator[tuple[str, Counts]]:
    """Each post that LinkedIn has statistics of; posts without any activity may be left out."""
    base = "/rest/organizationalEntityShareStatistics?q=organizationalEntity"
    for beginning, (parameter, _) in KINDS.items():
        ours = [urn for urn in urns if urn.startswith(beginning)]
        for start in range(0, len(ours), api.options.ids_per_request):
            some = ours[start : start + api.options.ids_per_request]
            path = f"{base}&organizationalEntity={encoded(owner)}&{parameter}={listed(some)}"
            answer = api.get(path, finder=True)
            with translated(api.account, changes_something=False):
                for element in answer["elements"]:
                    urn = str(element.get(parameter.removesuffix("s")) or element.get("share"))
                    given = element["totalShareStatistics"]
                    yield urn, {n: (_count(given.get(s)), s) for n, s in ORGANIZATION.items()}


def member_counts(api: LinkedInApi, urns: Sequence[str]) -> Iterator[tuple[str, Counts]]:
    """Each post with its counts, one request for each count; posts that are gone are left out."""
    for urn in urns:
        kind = next((key for start, (_, key) in KINDS.items() if urn.startswith(start)), None)
        if kind is None:
            continue
        entity = f"({kind}:{encoded(urn)})"
        counts = {
            name: (_member_count(api, entity, query), query) for name, query in MEMBER.items()
        }
        if any(value is not None for value, _ in counts.values()):
            yield urn, counts


def _member_count(api: LinkedInApi, entity: str, query: str) -> int | None:
    path = f"/rest/memberCreatorPostAnalytics?q=entity&entity={entity}"
    try:
        response = api.ask(
            "GET", f"{path}&queryType={query}&aggregation=TOTAL", finder=True, accept=(404,)
        )
    except Rejected:
        if query in NEWER:
            return None
        raise
    if response.status_code == 404:
        return None
    with translated(api.account, changes_something=False):
        elements = response.json()["elements"]
        return _count(elements[0].get("count")) if elements else None


def _count(value: object) -> int | None:
    """A count as given; LinkedIn may tell likes as a negative difference, which is none."""
    return value if isinstance(value, int) and value >= 0 else None
