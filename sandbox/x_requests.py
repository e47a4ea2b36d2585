"""What X accepts: bodies and query parameters, refused with problem JSON if they do not fit."""

import json
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

Model = TypeVar("Model", bound=BaseModel)
PROBLEMS = "https://api.x.com/2/problems/"
Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]
ReplySettings = Literal["following", "mentionedUsers", "subscribers", "verified"]


class Problem(Exception):
    """An answer that is an error: its status and its problem JSON."""

    def __init__(
        self, status: int, title: str, detail: str, *, kind: str = "", **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {
            "title": title,
            "detail": detail,
            "type": f"{PROBLEMS}{kind}" if kind else "about:blank",
            "status": status,
            **more,
        }


def invalid(message: str, parameters: dict[str, list[str]]) -> Problem:
    """400, as X answers what does not fit its schema."""
    return Problem(
        400,
        "Invalid Request",
        "One or more parameters to your request was invalid.",
        kind="invalid-request",
        errors=[{"parameters": parameters, "message": message}],
    )


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class EditOptions(_Body):
    """An edit; refused, for it needs a paid account."""

    previous_post_id: Id


class Geo(_Body):
    """A place."""

    place_id: str | None = None


class Media(_Body):
    """Media that was uploaded before."""

    media_ids: list[Id] = Field(min_length=1, max_length=4)
    tagged_user_ids: list[Id] = Field(default=[], max_length=10)
    call_to_actions: dict[str, Any] | None = None
    description: str | None = None
    embeddable: bool | None = None
    preview_media_id: Id | None = None
    title: str | None = None


class Poll(_Body):
    """A poll."""

    options: list[Annotated[str, StringConstraints(min_length=1, max_length=25)]] = Field(
        min_length=2, max_length=4
    )
    duration_minutes: int = Field(ge=5, le=10080)
    reply_settings: ReplySettings | None = None


class Reply(_Body):
    """What is answered."""

    in_reply_to_tweet_id: Id
    exclude_reply_user_ids: list[Id] = []
    auto_populate_reply_metadata: bool | None = None


class TweetCreateRequest(_Body):
    """Body of POST /2/tweets (OpenAPI 2.166)."""

    text: str | None = None
    card_uri: str | None = None
    community_id: Id | None = None
    direct_message_deep_link: str | None = None
    edit_options: EditOptions | None = None
    for_super_followers_only: bool = False
    geo: Geo | None = None
    made_with_ai: bool | None = None
    media: Media | None = None
    nullcast: bool = False
    paid_partnership: bool | None = None
    poll: Poll | None = None
    quote_tweet_id: Id | None = None
    reply: Reply | None = None
    reply_settings: ReplySettings | None = None
    share_with_followers: bool = False

    @model_validator(mode="after")
    def _one_attachment(self) -> Self:
        attached = [self.media, self.poll, self.quote_tweet_id, self.card_uri]
        if sum(a is not None for a in attached) > 1:
            raise ValueError("media, poll, quote_tweet_id and card_uri exclude each other")
        if not (self.text or "").strip() and self.media is None:
            raise ValueError("text is required where there is no media")
        return self


class HideRequest(_Body):
    """Body of PUT /2/tweets/:id/hidden."""

    hidden: bool


def _split(value: object) -> object:
    return value.split(",") if isinstance(value, str) else value


def _listed(*names: str) -> Any:
    return Annotated[list[Literal[names]], BeforeValidator(_split)]  # type: ignore[valid-type]


TWEET_FIELDS = (
    *("article", "attachments", "author_id", "card_uri", "community_id", "context_annotations"),
    *("conversation_id", "created_at", "display_text_range", "edit_controls"),
    *("edit_history_tweet_ids", "entities", "geo", "id", "in_reply_to_user_id", "lang"),
    *("matched_media_notes", "media_metadata", "non_public_metrics", "note_request_suggestions"),
    *("note_tweet", "organic_metrics", "paid_partnership", "possibly_sensitive"),
    *("promoted_metrics", "public_metrics", "referenced_tweets", "reply_settings", "scopes"),
    *("source", "suggested_source_links", "suggested_source_links_with_counts", "text", "withheld"),
)
EXPANSIONS = (
    *("article.cover_media", "article.media_entities", "attachments.media_keys"),
    *("attachments.media_source_tweet", "attachments.poll_ids", "author_id"),
    *("edit_history_tweet_ids", "entities.mentions.username", "geo.place_id"),
    *("in_reply_to_user_id", "entities.note.mentions.username", "referenced_tweets.id"),
    *("referenced_tweets.id.attachments.media_keys", "referenced_tweets.id.author_id"),
)
USER_FIELDS = (
    *("affiliation", "confirmed_email", "connection_status", "created_at", "description"),
    *("entities", "id", "is_identity_verified", "location", "most_recent_tweet_id", "name"),
    *("parody", "pinned_tweet_id", "profile_banner_url", "profile_image_url", "protected"),
    *("public_metrics", "receives_your_dm", "subscription", "subscription_type", "url"),
    *("username", "verified", "verified_followers_count", "verified_type", "withheld"),
)
Strings = Annotated[list[str], BeforeValidator(_split)]


class Shown(BaseModel):
    """Which fields a read wants; every read has these."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    tweet_fields: _listed(*TWEET_FIELDS) = Field(default=[], alias="tweet.fields")  # type: ignore[valid-type]
    user_fields: _listed(*USER_FIELDS) = Field(default=[], alias="user.fields")  # type: ignore[valid-type]
    expansions: _listed(*EXPANSIONS) = []  # type: ignore[valid-type]
    media_fields: Strings = Field(default=[], alias="media.fields")
    poll_fields: Strings = Field(default=[], alias="poll.fields")
    place_fields: Strings = Field(default=[], alias="place.fields")


class LookUp(Shown):
    """GET /2/tweets."""

    ids: Annotated[list[Id], BeforeValidator(_split)] = Field(min_length=1, max_length=100)


class Timeline(Shown):
    """GET /2/users/:id/tweets and /mentions."""

    since_id: Id | None = None
    until_id: Id | None = None
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None
    max_results: int = Field(default=10, ge=5, le=100)
    pagination_token: str | None = Field(default=None, min_length=1)
    exclude: _listed("replies", "retweets") = []  # type: ignore[valid-type]


class Search(Shown):
    """GET /2/tweets/search/recent."""

    query: str = Field(min_length=1, max_length=4096)
    since_id: Id | None = None
    until_id: Id | None = None
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None
    max_results: int = Field(default=10, ge=10, le=100)
    next_token: str | None = Field(default=None, min_length=1)
    pagination_token: str | None = Field(default=None, min_length=1)
    sort_order: Literal["recency", "relevancy"] = "recency"


def read_body(model: type[Model], raw: bytes) -> Model:
    """The body as a model.

    Raises:
        Problem: 400 with what does not fit.
    """
    try:
        return model.model_validate(json.loads(raw))
    except (UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise invalid("Request body is not JSON.", {}) from exc
    except ValidationError as exc:
        raise _refusal(exc, prefix="$.") from exc


def read_query(model: type[Model], query: dict[str, str]) -> Model:
    """The query parameters as a model.

    Raises:
        Problem: 400 with what does not fit.
    """
    try:
        return model.model_validate(query)
    except ValidationError as exc:
        raise _refusal(exc, prefix="") from exc


def _refusal(exc: ValidationError, *, prefix: str) -> Problem:
    first = exc.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        said = "is not defined in the schema and the schema does not allow additional properties"
    else:
        said = first["msg"]
    return invalid(
        f"{prefix}{where}: {said}", {where: [str(first["input"])[:200]]} if where else {}
    )
