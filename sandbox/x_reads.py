"""The reading half of X: look-up, timelines, mentions and the search of one conversation."""

from datetime import datetime, timedelta
from typing import Any

import regex

from sandbox import x_posts
from sandbox.audience import Account
from sandbox.clock import micros
from sandbox.store import Post
from sandbox.world import World
from sandbox.x_media import Media
from sandbox.x_requests import LookUp, Problem, Search, Shown, Timeline, invalid, read_query
from sandbox.x_views import Views

Answer = tuple[int, dict[str, Any]]
_ID = regex.compile(r"[0-9]{1,19}")
_RECENT = timedelta(days=7)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Reads:
    """Answers reads from what is visible at the present instant."""

    def __init__(self, world: World, media: Media) -> None:
        self._world = world
        self._views = Views(world, media)

    def existing(self, id: str, parameter: str) -> Post:
        """A visible post.

        Raises:
            Problem: 400 for what is no id, 404 for what is not there.
        """
        if not _ID.fullmatch(id):
            raise invalid(f"The `{parameter}` query parameter value [{id}] is not valid", {})
        post = self._world.find("x", id)
        if post is None:
            raise _missing(id, parameter, "tweet")
        return post

    def me(self, account: Account, query: dict[str, str]) -> Answer:
        """GET /2/users/me."""
        shown = read_query(Shown, query)
        person = x_posts.brand(account.handle, self._world.audience.brand_of(account).display_name)
        return 200, {"data": self._views.user(person, shown.user_fields)}

    def look_up(self, query: dict[str, str]) -> Answer:
        """GET /2/tweets: what is missing stands under `errors`, inside the 200."""
        shown = read_query(LookUp, query)
        found = {id: self._world.find("x", id) for id in shown.ids}
        posts = [post for post in found.values() if post]
        answer: dict[str, Any] = {}
        if posts:
            answer["data"] = [self._views.post(p, shown.tweet_fields) for p in posts]
        missing = [_missing(id, "ids", "tweet") for id, post in found.items() if post is None]
        if missing:
            answer["errors"] = [
                {k: v for k, v in problem.body.items() if k != "status"} for problem in missing
            ]
        includes = self._views.includes(posts, shown)
        return 200, answer | ({"includes": includes} if includes else {})

    def timeline(self, user_id: str, query: dict[str, str]) -> Answer:
        """GET /2/users/:id/tweets."""
        shown = read_query(Timeline, query)
        where = "platform = 'x' and author = ?"
        if "replies" in shown.exclude:
            where += " and parent is null"
        return self._page(where, [self._handle(user_id)], shown)

    def mentions(self, user_id: str, query: dict[str, str]) -> Answer:
        """GET /2/users/:id/mentions."""
        shown = read_query(Timeline, query)
        handle = self._handle(user_id)
        where = (
            "platform = 'x' and (subject = ? or (author <> ? and source = 'brand' and text like ?))"
        )
        return self._page(where, [handle, handle, f"%@{handle}%"], shown)

    def search(self, query: dict[str, str]) -> Answer:
        """GET /2/tweets/search/recent: conversation_id:, from:, -from:, to:, is:reply."""
        shown = read_query(Search, query)
        where, values = "platform = 'x' and created_us >= ?", [self._recent()]
        for term in shown.query.split():
            condition, more = _condition(term)
            where += f" and {condition}"
            values += more
        return self._page(where, values, shown)

    def _recent(self) -> Any:
        return micros(self._world.clock.now() - _RECENT)

    def _handle(self, user_id: str) -> str:
        if not _ID.fullmatch(user_id):
            raise invalid(f"The `id` query parameter value [{user_id}] is not valid", {})
        person = self._world.store.person("x", ref=user_id)
        if person is None:
            raise _missing(user_id, "id", "user")
        return person.handle

    def _page(self, where: str, values: list[Any], shown: Timeline | Search) -> Answer:
        number = "cast(id as integer)"
        bounds = {
            f"{number} > ?": shown.since_id and int(shown.since_id),
            f"{number} < ?": shown.until_id and int(shown.until_id),
            "created_us >= ?": _us(shown.start_time),
            "created_us < ?": _us(shown.end_time),
            f"{number} <= ?": _position(shown),
        }
        given = {condition: value for condition, value in bounds.items() if value is not None}
        posts = self._world.seen(
            " and ".join([where, *given]),
            [*values, *given.values()],
            tail=f"order by created_us desc, {number} desc limit {shown.max_results + 1}",
        )
        page, rest = posts[: shown.max_results], posts[shown.max_results :]
        meta: dict[str, Any] = {"result_count": len(page)}
        answer: dict[str, Any] = {"meta": meta}
        if page:
            answer["data"] = [self._views.post(p, shown.tweet_fields) for p in page]
            meta["newest_id"], meta["oldest_id"] = page[0].id, page[-1].id
            includes = self._views.includes(page, shown)
            if includes:
                answer["includes"] = includes
        if rest:
            meta["next_token"] = _base36(int(rest[0].id))
        return 200, answer


def _condition(term: str) -> tuple[str, list[Any]]:
    name, _, value = term.partition(":")
    if name == "conversation_id" and _ID.fullmatch(value):
        return "root = ? and id <> root", [value]
    simple = {
        "from": "lower(author) = lower(?)",
        "-from": "lower(author) <> lower(?)",
        "to": "lower(subject) = lower(?)",
    }
    if name in simple and value:
        return simple[name], [value]
    if term in ("is:reply", "-is:retweet", "-is:quote"):
        return ("parent is not null" if term == "is:reply" else "1 = 1"), []
    raise invalid(f"The sandbox's search does not know the operator [{term}]", {"query": [term]})


def _us(moment: datetime | None) -> int | None:
    return micros(moment) if moment else None


def _position(shown: Timeline | Search) -> int | None:
    token = shown.pagination_token or (shown.next_token if isinstance(shown, Search) else None)
    if token is None:
        return None
    try:
        return int(token, 36)
    except ValueError as exc:
        raise invalid("The pagination token is not valid", {"pagination_token": [token]}) from exc


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


def _missing(id: str, parameter: str, kind: str) -> Problem:
    return Problem(
        404,
        "Not Found Error",
        f"Could not find {kind} with {parameter}: [{id}].",
        kind="resource-not-found",
        parameter=parameter,
        resource_id=id,
        resource_type=kind,
        value=id,
    )
