"""TikTok (Content Posting API v2): clips sent up in parts, photos by URL, look-up and counts."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.brand import Visibility
from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, Payload, PublishResult, fingerprint, full_text
from domain.errors import FateUnknown, Forbidden, InWork, NetworkError, Processing, Rejected
from domain.media import Attachment
from domain.platforms import Capabilities, Platform
from publishing.platforms.base import (
    FORGOTTEN,
    Access,
    MetricRow,
    OwnPost,
    Repeat,
    Send,
    translated,
)
from publishing.platforms.steps import Steps
from publishing.platforms.tiktok_api import (
    COMPLETE,
    FAILED,
    LIST,
    UNKNOWN,
    Options,
    State,
    TikTokApi,
    UploadGone,
    moment,
)
from publishing.platforms.tiktok_errors import failure
from publishing.platforms.tiktok_uploads import ALL, HANDED_OVER, PUBLISH_ID, Uploads

BASE_URL = "https://open.tiktokapis.com"
API_VERSION = "v2"
IDS_PER_REQUEST = 20
ASK_AGAIN = timedelta(seconds=5)
CREATOR_INFO = "/v2/post/publish/creator_info/query/"
METRICS = {
    "views": "view_count",
    "likes": "like_count",
    "comments": "comment_count",
    "shares": "share_count",
}
ONLY_ME = "SELF_ONLY"
PRIVACY = {
    Visibility.PUBLIC: "PUBLIC_TO_EVERYONE",
    Visibility.FOLLOWERS: "FOLLOWER_OF_CREATOR",
    Visibility.PRIVATE: ONLY_ME,
}


class TikTok:
    """One account on TikTok.

    A post is begun under a publish id, and from the moment that TikTok has its files it publishes
    by itself: what it still works on is of unknown fate, and looked up by that id. Where it never
    names a post id, the publish id stands for the post.
    """

    platform = Platform.TIKTOK

    capabilities = Capabilities(
        text_only=False,
        images=35,
        video=True,
        alt_text=False,
        threads=False,
        replies=False,
        hide=False,
        delete=False,
        own_posts=True,
        inbound=False,
        metrics=frozenset(METRICS),
        source="TikTok Content Posting API v2 and Display API v2",
    )

    def __init__(self, access: Access, options: Options | None = None) -> None:
        self.handle = access.account.handle
        self.account = access.account.id
        self._options = options or Options()
        self._visibility = access.account.visibility
        self._clock = access.clock
        self._api = TikTokApi(access)
        self._uploads = Uploads(self._api, self._options, media=access.media)

    def __repr__(self) -> str:
        return f"TikTok({self.handle!r})"

    def make_key(self, at: datetime, delivery_id: str) -> None:
        """TikTok gives the key itself, when a post is begun."""

    def publish(self, send: Send) -> PublishResult:
        """Begin the post, or go on with what earlier attempts began. Raises leaves of NetworkError.

        Nothing is begun while an earlier post of this delivery may still be published.
        """
        self._refuse_what_cannot_be(send)
        steps, files = Steps(send), send.payload.media
        known = steps.get(PUBLISH_ID)
        if known is None:
            return self._begin(send, steps)
        state = self._state(known, steps)
        start = self._uploads.resume_at(steps, state, files[0])
        if start is not None:
            return self._go_on(send, steps, start=start)
        if state.status == UNKNOWN and not steps.get(HANDED_OVER):
            steps.forget(*ALL)
            return self._begin(send, steps)
        return self._came_to(send, steps, state)

    def look_up(
        self, send: Send, *, since: datetime, taken: frozenset[str] = frozenset()
    ) -> PublishResult | Repeat:
        """What became of the post by its publish id.

        What was never handed over, failed, or waits for more bytes is not public; the next attempt
        goes on under the same id, or begins anew where that one came to nothing.

        Raises:
            Processing: TikTok still works on it.
            Forbidden: it was handed over, and TikTok gives no account of it.
        """
        if send.kind is not DeliveryKind.POST:
            return Repeat.HARMLESS
        steps = Steps(send)
        known = steps.get(PUBLISH_ID)
        state = self._api.state(known) if known else None
        if state is None or state.status == UNKNOWN:
            may_be_out = steps.get(HANDED_OVER) or steps.get(FORGOTTEN)
            return self._listed(send, since, taken) if may_be_out else Repeat.HARMLESS
        if state.status == COMPLETE:
            return self._published(send, str(known), state, since=since, taken=taken)
        if state.status == FAILED or not steps.get(HANDED_OVER):
            return Repeat.HARMLESS
        if self._uploads.resume_at(steps, state, send.payload.media[0]) is not None:
            return Repeat.HARMLESS
        raise Processing(
            f"{self.account} still works on the post ({state.status}); nothing to do",
            until=self._clock.now() + ASK_AGAIN,
        )

    def metrics(self, platform_ids: Sequence[str]) -> list[MetricRow]:
        """Counts of public posts; a publish id is counted as soon as TikTok names its post."""
        named = {self._post_id(one): one for one in platform_ids}
        wanted = [one for one in named if one]
        rows, now = [], self._clock.now()
        for start in range(0, len(wanted), IDS_PER_REQUEST):
            body = {"filters": {"video_ids": wanted[start : start + IDS_PER_REQUEST]}}
            fields = ",".join(("id", *METRICS.values()))
            data = self._api.ask(f"/v2/video/query/?fields={fields}", body)
            with translated(self.account, changes_something=False):
                rows += [
                    self._metric_row(named[str(one["id"])], one, now)
                    for one in data.get("videos") or []
                ]
        return rows

    def inbound(self, *, since: datetime) -> list[InboundMessage]:  # noqa: ARG002
        """Nothing: TikTok lets no app read comments."""
        return []

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """The account's own public posts since then, newest first; others are not listed."""
        return list(self._own(since))

    def foretell(self) -> str | None:
        """Whether the account is offered the visibility of its brand file.

        An app that TikTok has not audited is offered itself alone.
        """
        creator = self._api.ask(CREATOR_INFO, {})
        self._privacy(creator.get("privacy_level_options") or [])
        return None

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    def _refuse_what_cannot_be(self, send: Send) -> None:
        files = send.payload.media
        if send.kind is DeliveryKind.REPLY or send.payload.reply_to:
            raise Rejected(f"{self.account} takes no comments from apps; answer in the TikTok app")
        if send.kind is not DeliveryKind.POST:
            what = "hide comments" if send.kind is DeliveryKind.HIDE else "delete posts"
            raise Rejected(f"{self.account} lets no app {what}; do it in the TikTok app")
        if not files:
            raise Rejected(f"{self.account} takes no text alone; add a clip or photos")
        if len(files) > 1 and any(file.is_video for file in files):
            raise Rejected(f"{self.account} takes one clip alone; take the other files out")

    def _begin(self, send: Send, steps: Steps) -> PublishResult:
        payload = send.payload
        info = self._post_info(payload, payload.media[0])
        if not payload.media[0].is_video:
            publish_id = self._uploads.photos(steps, payload.media, info)
            return self._came_to(send, steps, self._state(publish_id, steps))
        self._uploads.begin(steps, payload.media[0], info)
        return self._send_up(send, steps)

    def _go_on(self, send: Send, steps: Steps, *, start: int) -> PublishResult:
        try:
            return self._send_up(send, steps, start=start)
        except UploadGone:
            return self._begin(send, steps)

    def _send_up(self, send: Send, steps: Steps, *, start: int = 0) -> PublishResult:
        self._uploads.send(steps, send.payload.media[0], start=start)
        return self._came_to(send, steps, self._state(str(steps.get(PUBLISH_ID)), steps))

    def _state(self, publish_id: str, steps: Steps) -> State:
        try:
            return self._api.state(publish_id)
        except NetworkError as exc:
            if not steps.get(HANDED_OVER):
                raise
            raise FateUnknown(f"{self.account} has the files and is not heard: {exc}") from exc

    def _came_to(self, send: Send, steps: Steps, state: State) -> PublishResult:
        """What follows once TikTok has all it asked for."""
        if state.status == FAILED:
            steps.forget(*ALL)
            raise failure(state.reason, self.account, now=self._clock.now())
        if state.status == COMPLETE and state.post_id:
            return self._result(state.post_id, send.created_at)
        # by itself it goes public from here on: it must not count as unsent
        raise InWork(f"{self.account} works on the post ({state.status}); it is looked up")

    def _published(
        self, send: Send, publish_id: str, state: State, *, since: datetime, taken: frozenset[str]
    ) -> PublishResult:
        at = self._clock.now()
        if state.post_id:
            return self._result(state.post_id, at, adopted=True)
        # TikTok names only what is public and moderated, and often not even that
        found = self._match(send, since, taken)
        if found is not None:
            return self._result(found.platform_id, found.created_at, adopted=True)
        return self._result(publish_id, at, adopted=True)

    def _listed(self, send: Send, since: datetime, taken: frozenset[str]) -> PublishResult:
        """The post among the public ones: the only trace of a beginning whose answer was lost."""
        found = self._match(send, since, taken)
        if found is None:
            raise Forbidden(
                f"{self.account}: TikTok may have taken the post and gives no account of it; look "
                f"at https://www.tiktok.com/@{self.handle} whether it is there"
            )
        return self._result(found.platform_id, found.created_at, adopted=True)

    def _match(self, send: Send, since: datetime, taken: frozenset[str]) -> OwnPost | None:
        same = (one for one in self._own(since) if fingerprint(one.text) == send.fingerprint)
        ours = [one for one in same if one.platform_id not in taken]
        return ours[-1] if ours else None

    def _post_info(self, payload: Payload, file: Attachment) -> dict[str, Any]:
        creator = self._api.ask(CREATOR_INFO, {})
        longest = creator.get("max_video_post_duration_sec")
        if longest and file.seconds and file.seconds > float(longest):
            raise Rejected(f"{self.account} may post clips of {longest} s at most; make it shorter")
        text, options = full_text(payload), self._options
        info = {
            "privacy_level": self._privacy(creator.get("privacy_level_options") or []),
            "disable_comment": options.disable_comment or bool(creator.get("comment_disabled")),
            "brand_content_toggle": payload.paid_partnership,
            "brand_organic_toggle": options.is_own_brand,
        }
        if not file.is_video:
            named = {"title": payload.title} if payload.title else {}
            return info | named | {"description": text, "auto_add_music": options.auto_add_music}
        return info | {
            "title": text,
            "disable_duet": options.disable_duet or bool(creator.get("duet_disabled")),
            "disable_stitch": options.disable_stitch or bool(creator.get("stitch_disabled")),
            "is_aigc": payload.made_with_ai,
        }

    def _privacy(self, offered: list[str]) -> str:
        wanted = PRIVACY.get(self._visibility)
        if wanted in offered:
            return str(wanted)
        if offered == [ONLY_ME]:
            raise Forbidden(
                f"{self.account} may only post for itself; have the app audited by TikTok, or set "
                "visibility: private in the brand file"
            )
        known = [str(name) for name, theirs in PRIVACY.items() if theirs in offered]
        raise Rejected(
            f"{self.account} cannot post as {self._visibility}; set visibility in the brand file "
            f"to one of {', '.join(known) or 'what TikTok offers: nothing'}"
        )

    def _post_id(self, platform_id: str) -> str | None:
        """The id of a post, also for one that is only known by its publish id."""
        return platform_id if platform_id.isdigit() else self._api.state(platform_id).post_id

    def _own(self, since: datetime) -> Iterator[OwnPost]:
        body: dict[str, Any] = {"max_count": self._options.page}
        while True:
            data = self._api.ask(f"/v2/video/list/?fields={LIST}", body)
            with translated(self.account, changes_something=False):
                page = [_own(one) for one in data["videos"]]
                cursor = data.get("cursor")
            yield from (one for one in page if one.created_at >= since)
            if not data.get("has_more") or not page or page[-1].created_at < since:
                return
            body["cursor"] = cursor

    def _result(self, platform_id: str, at: datetime, *, adopted: bool = False) -> PublishResult:
        profile = f"https://www.tiktok.com/@{self.handle}"
        return PublishResult(
            platform=self.platform,
            account=self.account,
            platform_id=platform_id,
            url=f"{profile}/video/{platform_id}" if platform_id.isdigit() else profile,
            published_at=at,
            adopted=adopted,
        )

    def _metric_row(self, platform_id: str, given: dict[str, Any], now: datetime) -> MetricRow:
        return MetricRow(
            platform=self.platform,
            account=self.account,
            post_id=platform_id,
            observed_at=now,
            api_version=API_VERSION,
            counts={name: (_count(given.get(theirs)), theirs) for name, theirs in METRICS.items()},
        )


def _own(given: dict[str, Any]) -> OwnPost:
    return OwnPost(
        platform_id=str(given["id"]),
        text=str(given.get("video_description") or given.get("title") or ""),
        created_at=moment(given["create_time"]),
        in_reply_to=None,
        url=given.get("share_url"),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
