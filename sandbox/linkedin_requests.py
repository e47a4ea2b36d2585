"""What LinkedIn accepts: bodies, versions and Rest.li queries, refused in its own error body."""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import unquote

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from sandbox.audience import Account

Model = TypeVar("Model", bound=BaseModel)
Urn = Annotated[str, StringConstraints(pattern=r"^urn:li:[A-Za-z]+:.+$")]
_LIST = re.compile(r"List\(([^()]*)\)")
_RAW_URN = re.compile(r"urn:li:")


class Problem(Exception):
    """An answer that is an error: its status and its body."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"status": status, "message": message, **more}


def invalid(message: str) -> Problem:
    """400: it cannot be read."""
    return Problem(400, message, code="ILLEGAL_ARGUMENT", serviceErrorCode=0)


def unprocessable(message: str, code: str) -> Problem:
    """422: it can be read and is refused."""
    inputs = [{"description": message.partition(": ")[2] or message, "input": {}, "code": code}]
    return Problem(
        422,
        message,
        errorDetailType="com.linkedin.common.error.BadRequest",
        errorDetails={"inputErrors": inputs},
    )


def denied(what: str) -> Problem:
    """403, as a missing permission is told."""
    message = f"Not enough permissions to access: {what}"
    return Problem(403, message, code="ACCESS_DENIED", serviceErrorCode=100)


def missing(what: str) -> Problem:
    """404."""
    return Problem(404, f"{what} does not exist", code="NOT_FOUND", serviceErrorCode=0)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Distribution(_Body):
    """Where it shows."""

    feedDistribution: Literal["MAIN_FEED", "NONE"]
    targetEntities: list[Any] = []
    thirdPartyDistributionChannels: list[Any] = []


class Media(_Body):
    """A picture, clip or document that was uploaded before."""

    id: Urn
    title: str | None = Field(default=None, max_length=400)
    altText: str | None = Field(default=None, max_length=4086)


class Picture(_Body):
    """One of several pictures."""

    id: Urn
    altText: str | None = Field(default=None, max_length=4086)


class MultiImage(_Body):
    """Several pictures."""

    images: list[Picture] = Field(min_length=2, max_length=20)


class Article(_Body):
    """A link; nothing is fetched from there."""

    source: Annotated[str, StringConstraints(pattern=r"^https?://")]
    title: str = Field(min_length=1, max_length=400)
    description: str | None = Field(default=None, max_length=4086)
    thumbnail: Urn | None = None
    thumbnailAltText: str | None = None


class Content(_Body):
    """Exactly one kind of content; polls are not played."""

    media: Media | None = None
    multiImage: MultiImage | None = None
    article: Article | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(one is not None for one in (self.media, self.multiImage, self.article)) != 1:
            raise ValueError("content must be exactly one of media, multiImage, article")
        return self


class PostRequest(_Body):
    """Body of POST /rest/posts; reshares are not played."""

    author: Urn
    commentary: str
    visibility: Literal["PUBLIC", "CONNECTIONS", "LOGGED_IN"]
    distribution: Distribution
    content: Content | None = None
    lifecycleState: Literal["PUBLISHED"]
    isReshareDisabledByAuthor: bool = False


class ImageUpload(_Body):
    """Inside the body of POST /rest/images?action=initializeUpload."""

    owner: Urn


class VideoUpload(_Body):
    """Inside the body of POST /rest/videos?action=initializeUpload."""

    owner: Urn
    fileSizeBytes: int = Field(gt=0, le=500 * 1024 * 1024)
    uploadCaptions: bool
    uploadThumbnail: Literal[False]


class Finalize(_Body):
    """Inside the body of POST /rest/videos?action=finalizeUpload."""

    video: Urn
    uploadToken: str
    uploadedPartIds: list[str]


class Words(_Body):
    """The words of a comment."""

    text: str = Field(min_length=1, max_length=1250)


class CommentRequest(_Body):
    """Body of POST /rest/socialActions/URN/comments."""

    actor: Urn
    object: Urn
    message: Words
    parentComment: Urn | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call; the values of `query` are decoded, those of `raw` are not."""

    account: Account
    path: dict[str, str]
    raw: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The query parameters, percent-decoded."""
        return {name: unquote(value) for name, value in self.raw.items()}

    def listed(self, name: str) -> list[str]:
        """What a `List(...)` parameter holds, whose brackets and commas must stay raw."""
        found = _LIST.fullmatch(self.raw.get(name, ""))
        if found is None:
            raise invalid(f"Parameter {name} is not a list in Rest.li 2.0 syntax")
        return [unquote(one) for one in found[1].split(",") if one]


def raw_query(path: bytes, query: bytes) -> dict[str, str]:
    """The query parameters as they came.

    Raises:
        Problem: a URN stands in the path or query without percent-encoding.
    """
    text = query.decode("ascii", "replace")
    if _RAW_URN.search(text) or _RAW_URN.search(path.decode("ascii", "replace")):
        raise Problem(400, "Syntax exception in path variables", serviceErrorCode=0)
    pairs = [one.partition("=") for one in text.split("&") if one]
    return {unquote(name): value for name, _, value in pairs}


def read_body(model: type[Model], raw: bytes, *, within: str | None = None) -> Model:
    """The body as a model, or what stands in it under `within` and nothing else.

    Raises:
        Problem: 400 for what is no JSON, 422 for what does not fit.
    """
    try:
        body = json.loads(raw)
        if within is not None:
            if set(body) != {within}:
                raise invalid(f"The body must hold {within} and nothing else")
            body = body[within]
        return model.model_validate(body)
    except (UnicodeDecodeError, json.JSONDecodeError, TypeError) as exc:
        raise invalid("The body is not JSON") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        message = f"ERROR :: /{where} :: {first['msg']}"
        raise unprocessable(message, "FIELD_INVALID") from exc
