"""TikTok's dialect: every answer carries an error code, and a 200 may be a refusal."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.errors import FateUnknown, Rejected, Unreachable
from publishing.platforms.base import Access, client, object_of, translated
from publishing.platforms.bearer import Bearer
from publishing.platforms.recording import SECRET_URL
from publishing.platforms.tiktok_errors import code_of, error_for

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COMPLETE, FAILED, UNKNOWN = "PUBLISH_COMPLETE", "FAILED", "invalid_publish_id"
LIST = "id,create_time,title,video_description,share_url,duration"


@dataclass(frozen=True, slots=True)
class Options:
    """What TikTok leaves to the app [M], with what is taken for it.

    Attributes:
        chunk: bytes of one part of a clip.
        page: posts asked for at once.
        auto_add_music: whether TikTok puts music under photos.
        is_own_brand: whether posts are declared as promoting the account's own business.
        disable_comment: nobody may comment.
        disable_duet: nobody may film beside it.
        disable_stitch: nobody may use a part of it.
    """

    chunk: int = 10_000_000
    page: int = 20
    auto_add_music: bool = False
    is_own_brand: bool = False
    disable_comment: bool = False
    disable_duet: bool = False
    disable_stitch: bool = False


class UploadGone(Unreachable):
    """The upload URL ran out; what was begun with it can be begun anew."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a clip on its way up: bytes `first` up to `first + len(content)` of `total`."""

    content: bytes
    first: int
    total: int
    mime_type: str

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it: from here on TikTok publishes by itself."""
        return self.first + len(self.content) == self.total


@dataclass(frozen=True, slots=True)
class State:
    """Where TikTok stands with a post; `uploaded` is None where it does not say."""

    status: str
    reason: str
    post_id: str | None
    uploaded: int | None


class TikTokApi:
    """One token's access. Every method raises leaves of NetworkError only."""

    def __init__(self, access: Access) -> None:
        self.account = access.account.id
        self.clock = access.clock
        self._bearer = Bearer(access.secret)
        self._client = client(access.base_url, access.transport)

    def ask(
        self, path: str, body: dict[str, Any], *, public: bool = False, accept: str = ""
    ) -> dict[str, Any]:
        """The `data` of one call; `public` marks the one after which others may see the post.

        An error of the code `accept` is an answer too: its data are that code as `status`.
        """
        with translated(self.account, changes_something=public):
            response = self._client.post(path, auth=self._bearer, json=body)
            if response.is_success:
                answer = object_of(response)
                if answer["error"]["code"] == "ok":
                    return dict(answer.get("data") or {})
        if accept and code_of(response) == accept:
            return {"status": accept}
        raise error_for(response, self.account, changes_something=public, now=self.clock.now())

    def state(self, publish_id: str) -> State:
        """Where TikTok stands with a post."""
        body = {"publish_id": publish_id}
        data = self.ask("/v2/post/publish/status/fetch/", body, accept=UNKNOWN)
        with translated(self.account, changes_something=False):
            ids = data.get("publicaly_available_post_id") or []
            uploaded = data.get("uploaded_bytes")
            return State(
                status=str(data["status"]),
                reason=str(data.get("fail_reason") or ""),
                post_id=str(ids[0]) if ids else None,
                uploaded=int(uploaded) if uploaded is not None else None,
            )

    def put(self, url: str, part: Part) -> None:
        """One part to an upload URL, which is a secret: no error shows it.

        Raises:
            UploadGone: the URL ran out.
            Unreachable: it did not arrive, and more parts follow.
            FateUnknown: it was the last, and may have arrived.
        """
        end = part.first + len(part.content) - 1
        headers = {
            "content-type": part.mime_type,
            "content-range": f"bytes {part.first}-{end}/{part.total}",
        }
        with translated(self.account, changes_something=part.is_last):
            response = self._client.put(
                url, headers=headers, content=part.content, extensions=SECRET_URL
            )
        if response.status_code in (403, 404):
            raise UploadGone(f"{self.account} takes the upload no more; it is begun anew by itself")
        if response.status_code == 400:
            raise Rejected(f"{self.account} cannot use the clip; make it an MP4 and plan it again")
        if not response.is_success:
            what = f"{self.account} did not take bytes from {part.first} ({response.status_code})"
            if part.is_last:
                raise FateUnknown(f"{what}; it is looked up before anything is sent")
            raise Unreachable(f"{what}; it goes on there by itself")

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def moment(seconds: object) -> datetime:
    """An instant from seconds since 1970; raises ValueError where it is none."""
    try:
        return EPOCH + timedelta(seconds=int(str(seconds)))
    except OverflowError as exc:
        raise ValueError("the instant lies outside of the calendar") from exc
