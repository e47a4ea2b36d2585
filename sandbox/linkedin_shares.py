"""Posts on LinkedIn: created from little text, read back by URN or author, taken down."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.audience import Account
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.linkedin_media import Files, Reply
from sandbox.linkedin_posts import MEMBER, number, post_urns
from sandbox.linkedin_requests import (
    Call,
    Content,
    PostRequest,
    denied,
    invalid,
    missing,
    read_body,
    unprocessable,
)
from sandbox.linkedin_text import rendered
from sandbox.store import Post
from sandbox.world import World

LONGEST = 3000
DUPLICATES_FOR = timedelta(hours=48)


class Shares:
    """The posts of all accounts."""

    def __init__(self, world: World, files: Files) -> None:
        self._world = world
        self._files = files

    def create(self, call: Call) -> Reply:
        """POST /rest/posts: 201, no body, the URN in x-restli-id."""
        wanted = read_body(PostRequest, call.body)
        if wanted.author != self.urn(call.account):
            raise denied("partnerApiPosts.CREATE")
        text, kept = rendered(wanted.commentary)
        if len(text) > LONGEST:
            raise unprocessable("commentary: the text is too long", "FIELD_LENGTH_TOO_LONG")
        if not text.strip() and wanted.content is None:
            raise unprocessable("commentary: a post needs words or content", "MISSING_FIELD")
        media_type = self._media_type(call.account, wanted.content)
        content = wanted.content.model_dump(exclude_none=True) if wanted.content else None
        self._refuse_twice(call.account, text, content)
        now = self._world.clock.now()
        kind = "ugcPost" if media_type == "video" else "share"
        urn = f"urn:li:{kind}:{self.next_number(now)}"
        self._world.publish(
            call.account,
            Post(
                platform="linkedin",
                id=urn,
                author=call.account.handle,
                source="brand",
                text=text,
                created=now,
                root=urn,
                wire={
                    "media_type": media_type,
                    "lang": self._world.audience.brand_of(call.account).language,
                    "commentary": kept,
                    "visibility": wanted.visibility,
                    "content": content,
                },
            ),
        )
        return 201, None, {"x-restli-id": urn, "x-linkedin-id": urn}

    def show(self, call: Call) -> Reply:
        """GET /rest/posts/URN."""
        return 200, self._view(self.find(call.path["urn"])), {}

    def list(self, call: Call) -> Reply:
        """GET /rest/posts?q=author: an organisation's posts; a member's scope is closed."""
        query = call.query
        if query.get("q") != "author" or "author" not in query:
            raise invalid("The finder author needs the parameter author")
        if call.account.handle.startswith(MEMBER) or query["author"] != self.urn(call.account):
            raise denied("partnerApiPosts.FINDER-author")
        if query.get("sortBy", "LAST_MODIFIED") not in ("LAST_MODIFIED", "CREATED"):
            raise invalid("sortBy is LAST_MODIFIED or CREATED")
        posts = self._world.seen(
            "platform = 'linkedin' and author = ? and parent is null",
            (call.account.handle,),
            tail="order by created_us desc, id desc",
        )
        return 200, paged(call, [self._view(post) for post in posts]), {}

    def delete(self, call: Call) -> Reply:
        """DELETE /rest/posts/URN: 204, however often."""
        post = next(
            (p for urn in post_urns(call.path["urn"]) if (p := self._world.find("linkedin", urn))),
            None,
        )
        if post is not None:
            if post.author != call.account.handle:
                raise denied("partnerApiPosts.DELETE")
            self._world.delete(call.account, post)
        return 204, None, {}

    def find(self, urn: str) -> Post:
        """A visible post by the URN of its share, ugcPost or activity.

        Raises:
            Problem: 404.
        """
        for one in post_urns(urn):
            post = self._world.find("linkedin", one)
            if post is not None and post.parent is None:
                return post
        raise missing(urn)

    def urn(self, account: Account) -> str:
        """The URN of an account."""
        person = self._world.store.person("linkedin", handle=account.handle)
        return person.ref if person else ""

    def next_number(self, now: datetime) -> int:
        """A number for a URN that none had before."""
        last = max(number(now), int(self._world.store.get("linkedin last") or 0) + 2)
        self._world.store.put("linkedin last", str(last))
        return last

    def _media_type(self, account: Account, content: Content | None) -> str:
        if content is None:
            return "text"
        if content.article is not None:
            return "link"
        pictures = content.multiImage.images if content.multiImage else []
        urns = [content.media.id] if content.media else [one.id for one in pictures]
        return self._files.check(account, urns)

    def _refuse_twice(self, account: Account, text: str, content: dict[str, Any] | None) -> None:
        since = micros(self._world.clock.now() - DUPLICATES_FOR)
        same = self._world.seen(
            "platform = 'linkedin' and author = ? and text = ? and parent is null"
            " and source = 'brand' and created_us >= ?",
            (account.handle, text, since),
        )
        urns = [post.id for post in same if post.wire["content"] == content]
        if self._world.faults.quirk("linkedin", account.handle, Effect.GHOST) is not None:
            urns = [f"urn:li:share:{self.next_number(self._world.clock.now())}"]
        if urns:
            raise unprocessable(
                "com.linkedin.content.common.exception.BadRequestResponseException: Content is a"
                f" duplicate of {urns[0]}",
                "DUPLICATE_POST",
            )

    def _view(self, post: Post) -> dict[str, Any]:
        at = micros(post.created) // 1000
        author = self._world.store.person("linkedin", handle=post.author)
        content = post.wire.get("content")
        return {
            "id": post.id,
            "author": author.ref if author else None,
            "commentary": post.wire["commentary"],
            "visibility": post.wire["visibility"],
            "lifecycleState": "PUBLISHED",
            "createdAt": at,
            "publishedAt": at,
            "lastModifiedAt": at,
            "isReshareDisabledByAuthor": False,
            **({"content": content} if content else {}),
        }


def paged(call: Call, elements: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of a collection."""
    start, count = call.query.get("start", "0"), call.query.get("count", "10")
    if not (start.isdigit() and count.isdigit() and 1 <= int(count) <= 100):
        raise invalid("start and count are numbers, count at most 100")
    first = int(start)
    page = elements[first : first + int(count)]
    paging = {"start": first, "count": int(count), "total": len(elements), "links": []}
    return {"paging": paging, "elements": page}
