"""LinkedIn (versioned REST): posts of an organisation or a member, comments, look-up and counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog

from domain.brand import Visibility
from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, Payload, PublishResult, full_text
from domain.errors import Duplicate, FateUnknown, Forbidden, NetworkError, NotSent, Rejected
from domain.platforms import Capabilities, Platform
from publishing.platforms.base import (
    FORGOTTEN,
    Access,
    MetricRow,
    OwnPost,
    Repeat,
    Send,
    object_of,
    translated,
)
from publishing.platforms.linkedin_api import POSTS, LinkedInApi, Options, encoded, thread_path
from publishing.platforms.linkedin_counts import (
    MEMBER,
    ORGANIZATION,
    member_counts,
    organization_counts,
)
from publishing.platforms.linkedin_entities import (
    COMMENT,
    Remark,
    Share,
    address,
    comment_urn,
    thread_of,
)
from publishing.platforms.linkedin_media import Uploads
from publishing.platforms.linkedin_reads import Reads
from publishing.platforms.linkedin_text import little_text
from publishing.platforms.steps import Steps

BASE_URL = "https://api.linkedin.com"
ASKED, NAMED = "asked", "duplicate_of"
"""Steps: that the public request may have been made, and what LinkedIn calls the same post."""
VISIBILITY = {
    Visibility.PUBLIC: "PUBLIC",
    Visibility.UNLISTED: "LOGGED_IN",
    Visibility.FOLLOWERS: "CONNECTIONS",
}
_log = structlog.get_logger(__name__)

_ORGANIZATION = Capabilities(
    text_only=True,
    images=20,
    video=True,
    alt_text=True,
    threads=False,
    replies=True,
    hide=False,
    instead_of_hiding="delete it on the page",
    delete=True,
    own_posts=True,
    inbound=True,
    metrics=frozenset(ORGANIZATION),
    source="LinkedIn Posts API, version 202607",
)
_MEMBER = replace(_ORGANIZATION, own_posts=False, inbound=False, metrics=frozenset(MEMBER))


class LinkedIn:
    """One organisation or member; `Account.user_id` is its URN.

    Without one, the member who gave the token posts. No key can be held beforehand, and a member's
    posts cannot be read back: what is unknown there is settled by a person, or by the URN that
    LinkedIn names when it calls a post a duplicate.
    """

    platform = Platform.LINKEDIN

    def __init__(self, access: Access, options: Options | None = None) -> None:
        self.handle = access.account.handle
        self.account = access.account.id
        self._options = options or Options()
        self._visibility = access.account.visibility
        self._urn = access.account.user_id
        self._clock = access.clock
        self._api = LinkedInApi(access, self._options)
        self._uploads = Uploads(self._api, media=access.media)
        is_told = self._visibility is Visibility.PUBLIC and not access.account.ask_each_post
        self._reads = Reads(self._api, me=self._me, is_told=is_told)

    def __repr__(self) -> str:
        return f"LinkedIn({self.handle!r})"

    @property
    def capabilities(self) -> Capabilities:
        """What this account can do: a member's posts and comments cannot be read."""
        return _MEMBER if self._is_member else _ORGANIZATION

    def make_key(self, at: datetime, delivery_id: str) -> None:
        """LinkedIn lets no key be held beforehand."""

    def publish(self, send: Send) -> PublishResult:
        """Make the change; files go first. Raises leaves of NetworkError."""
        match send.kind:
            case DeliveryKind.HIDE:
                raise Rejected(f"{self.account} cannot hide a comment; delete it on the page")
            case DeliveryKind.DELETE:
                target = str(send.payload.target)
                self._api.ask("DELETE", self._place(target), public=True, accept=(404,))
                return self._result(target, send.created_at)
        steps = Steps(send)
        steps.forget(NAMED)
        urn = (self._comment if send.payload.reply_to else self._post)(send, steps)
        return self._result(urn, send.created_at)

    def look_up(
        self, send: Send, *, since: datetime, taken: frozenset[str] = frozenset()
    ) -> PublishResult | Repeat | None:
        """The post or comment that this send made, or None where there is none now.

        That a post is asked for is kept before: without it nothing can be there.

        Raises:
            Forbidden: it is a member's, which nobody can read back.
        """
        if send.kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
            return Repeat.HARMLESS
        named = self._duplicate(send.steps.get(NAMED))
        if named is not None:
            is_ours = named.created_at >= since and named.urn not in taken
            return self._result(named.urn, named.created_at, adopted=True) if is_ours else None
        if not (send.steps.get(ASKED) or send.steps.get(FORGOTTEN)):
            return Repeat.HARMLESS
        if self._is_member:
            raise Forbidden(
                f"{self.account} is a member, whose posts LinkedIn lets nobody read back; look at "
                "the profile whether the post is there"
            )
        ours = [one for one in self._reads.same(send, since) if one.urn not in taken]
        if not ours:
            return None
        first = min(ours, key=lambda one: one.created_at)
        return self._result(first.urn, first.created_at, adopted=True)

    def metrics(self, platform_ids: Sequence[str]) -> list[MetricRow]:
        """Counts of posts; comments have none here. A member's cost one request for each count."""
        if self._is_member:
            counted = member_counts(self._api, platform_ids)
        else:
            counted = organization_counts(self._api, platform_ids, owner=self._me())
        now = self._clock.now()
        return [
            MetricRow(
                platform=self.platform,
                account=self.account,
                post_id=urn,
                observed_at=now,
                api_version=self._options.version,
                counts=counts,
            )
            for urn, counts in counted
        ]

    def inbound(self, *, since: datetime) -> list[InboundMessage]:
        """Comments since then below own posts; none for a member, who cannot."""
        if self._is_member:
            return []
        me, now = self._me(), self._clock.now()
        messages = [
            self._message(one, post, received_at=now)
            for post, one in self._reads.discussed(since, now=now)
            if one.actor != me
        ]
        return sorted(messages, key=lambda message: message.created_at)

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """The account's own posts since then, newest first; raises Forbidden for a member."""
        if self._is_member:
            raise Forbidden(
                f"{self.account} is a member, whose posts LinkedIn lets nobody list; use an "
                "organisation where posts must be read back"
            )
        return [
            OwnPost(
                platform_id=post.urn,
                text=post.text,
                created_at=post.created_at,
                in_reply_to=None,
                url=address(post.urn),
            )
            for post in self._reads.posts(since)
        ]

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    @property
    def _is_member(self) -> bool:
        return self._urn is None or self._urn.startswith("urn:li:person:")

    def _me(self) -> str:
        if self._urn is None:
            answer = self._api.get("/v2/userinfo")
            with translated(self.account, changes_something=False):
                self._urn = f"urn:li:person:{answer['sub']}"
        return self._urn

    def _post(self, send: Send, steps: Steps) -> str:
        text = full_text(send.payload)
        body = {
            "author": self._me(),
            "commentary": little_text(text),
            "visibility": self._seen_by(),
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        content = self._content(send.payload, steps)
        urn, _ = self._create(POSTS, body | ({"content": content} if content else {}), steps)
        if not urn.startswith("urn:li:"):
            raise FateUnknown(f"{self.account} gave no URN for the post; it is looked up")
        self._reread(urn, text)
        return urn

    def _content(self, payload: Payload, steps: Steps) -> dict[str, Any] | None:
        files = payload.media
        if not files and payload.link:
            title = payload.title or urlsplit(payload.link).hostname or payload.link
            return {"article": {"source": payload.link, "title": title}}
        if len(files) > 1 and any(file.is_video for file in files):
            raise Rejected(f"{self.account} takes one clip alone; take the other files out")
        urns = self._uploads.ready(files, steps, owner=self._me(), language=payload.language)
        shown: list[dict[str, str]] = [
            {"id": urn} | ({"altText": file.alt_text} if file.alt_text else {})
            for urn, file in zip(urns, files, strict=True)
        ]
        if not shown:
            return None
        if len(shown) > 1:
            return {"multiImage": {"images": shown}}
        return {"media": shown[0] | ({"title": payload.title} if payload.title else {})}

    def _comment(self, send: Send, steps: Steps) -> str:
        target, text = str(send.payload.reply_to), full_text(send.payload)
        body = {"actor": self._me(), "object": target, "message": {"text": text}}
        if target.startswith(COMMENT):
            body |= {"object": thread_of(target)[0], "parentComment": target}
        given, answer = self._create(f"{thread_path(target)}/comments", body, steps)
        urn = answer.get("commentUrn")
        if urn is None and not given:
            raise FateUnknown(f"{self.account} gave no id for the comment; it is looked up")
        return str(urn or comment_urn(str(body["object"]), given))

    def _create(self, path: str, body: dict[str, Any], steps: Steps) -> tuple[str, dict[str, Any]]:
        """The one request that makes it public: the id in the header, and the body if any."""
        steps.keep(ASKED, "yes")
        try:
            response = self._api.ask("POST", path, public=True, json=body)
        except NotSent:
            steps.forget(ASKED)
            raise
        except Duplicate as exc:
            if exc.platform_id:
                steps.keep(NAMED, exc.platform_id)
            raise
        given = unquote(response.headers.get("x-restli-id", ""))
        try:
            return given, object_of(response)
        except ValueError:
            return given, {}

    def _reread(self, urn: str, text: str) -> None:
        """Say so where LinkedIn shows less than was sent; never fails the publish."""
        if self._is_member:
            return
        try:
            shown = self._reads.post(urn, timeout=self._options.reread_seconds)
        except NetworkError:
            return
        if shown is not None and len(shown.text) < len(text.strip()):
            _log.warning(
                "linkedin shows less of a post than was sent",
                account=self.account,
                post=urn,
                sent=len(text),
                shown=len(shown.text),
            )

    def _duplicate(self, urn: str | None) -> Share | None:
        """The post that LinkedIn named as the same; it may be a ghost: named, but long gone.

        Raises Forbidden where a member is not shown it: then a person must look.
        """
        if not urn:
            return None
        why: Exception | None = None
        try:
            found = self._reads.post(urn)
        except Forbidden as exc:
            found, why = None, exc
        if found is None and self._is_member:
            raise Forbidden(
                f"{self.account}: LinkedIn calls it a duplicate of {urn} and does not show that "
                f"post; look at {address(urn)}, and change the text if it is not there"
            ) from why
        return found

    def _place(self, urn: str) -> str:
        """The path of a post or comment."""
        if not urn.startswith(COMMENT):
            return f"{POSTS}/{encoded(urn)}"
        thread, comment_id = thread_of(urn)
        return f"{thread_path(thread)}/comments/{encoded(comment_id)}?actor={encoded(self._me())}"

    def _seen_by(self) -> str:
        if self._visibility not in VISIBILITY:
            raise Rejected(
                f"{self.account} cannot post privately; set its visibility to public, unlisted "
                "(everybody logged in) or followers (a member's connections)"
            )
        return VISIBILITY[self._visibility]

    def _result(self, urn: str, at: datetime, *, adopted: bool = False) -> PublishResult:
        post = thread_of(urn)[0] if urn.startswith(COMMENT) else urn
        return PublishResult(
            platform=self.platform,
            account=self.account,
            platform_id=urn,
            url=address(post),
            published_at=at,
            adopted=adopted,
        )

    def _message(self, one: Remark, post: str, *, received_at: datetime) -> InboundMessage:
        return InboundMessage(
            platform=self.platform,
            account=self.account,
            message_id=one.urn,
            platform_ref=one.urn,
            author=one.actor,
            text=one.text,
            created_at=one.created_at,
            received_at=received_at,
            in_reply_to=one.parent or post,
            thread_root=post,
        )
