"""Where things are and which world is spoken to, read from the environment."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from domain.errors import ConfigError

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting, each an environment variable with the prefix AMSEL_ or a line in `.env`.

    Attributes:
        home: the one folder that everything is written to.
        brands: the folder of brand files.
        ledger_url: the ledger's database; empty means SQLite under `home`.
        sandbox_url: where a local sandbox answers; set, it stands in for every platform and
            gives the clock.
        clock: who moves the sandbox's clock: `follow` waits for it, `drive` advances it.
        media_url: where the folder `media` under `home` can be fetched from outside; Instagram and
            TikTok fetch pictures by themselves. Empty means the sandbox's address, if there is one.
        media_store: a bucket in place of that folder, `s3://bucket/folder`, with its keys and
            endpoint in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT;
            `media_url` is then where the bucket can be fetched from.
        sending: `off` refuses to send anything but to this machine.
        alert_url: a webhook that is told what is late without a reason and what waits for a person,
            once, as JSON.
        secret_keys: the keys that seal the accounts' tokens, `2:KEY,1:KEY` in base64; empty means
            a key file under `home`.
        x_client_id: the app that accounts are connected through, and so for the other platforms.
        tiktok_challenge: how TikTok wants PKCE's challenge written; its documents differ.
        openai_api_key: from OPENAI_API_KEY; with it, or with a base URL, that writer is asked.
        openai_base_url: any OpenAI-compatible endpoint, such as a model server of your own.
        openai_key: the key of whoever answers there; OPENAI_API_KEY is only sent to OpenAI itself.
        openai_price: US dollars per million tokens in and out, where the table knows none:
            `[0, 0]` for a model server of your own.
        openai_at_once: how many orders may be with that writer at a time.
        openai_small: whether its model is a small one, which is told less and held to the form.
        picture_maker: who paints for brands whose look says how: `openai/gpt-image-1`,
            `stability/core`, `replicate/OWNER/MODEL`.
        picture_cents: what a picture costs there, where the table knows it not.
        clip_maker: who films for brands whose look says how: `runway/veo3.1_fast`,
            `replicate/OWNER/MODEL`; `clip_cents` as above.
    """

    model_config = SettingsConfigDict(
        env_prefix="AMSEL_", env_file=".env", extra="ignore", frozen=True
    )

    home: Path = CHECKOUT / "var"
    brands: Path = CHECKOUT / "brands"
    ledger_url: str = ""
    sandbox_url: str = ""
    clock: Literal["follow", "drive", "alone"] = "follow"
    media_url: str = ""
    media_store: str = ""
    sending: Literal["on", "off"] = "off"
    alert_url: SecretStr = SecretStr("")
    secret_keys: SecretStr = SecretStr("")
    x_client_id: str = ""
    x_client_secret: SecretStr = SecretStr("")
    instagram_client_id: str = ""
    instagram_client_secret: SecretStr = SecretStr("")
    facebook_client_id: str = ""
    facebook_client_secret: SecretStr = SecretStr("")
    linkedin_client_id: str = ""
    linkedin_client_secret: SecretStr = SecretStr("")
    tiktok_client_key: str = ""
    tiktok_client_secret: SecretStr = SecretStr("")
    tiktok_challenge: Literal["hex", "S256"] = "hex"
    openai_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="OPENAI_API_KEY")
    openai_base_url: str = ""
    openai_key: SecretStr = SecretStr("")
    openai_model: str = "gpt-5-mini"
    openai_price: tuple[float, float] | None = None
    openai_at_once: int = Field(default=32, ge=1)
    openai_small: bool = False
    anthropic_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias="ANTHROPIC_API_KEY"
    )
    anthropic_base_url: str = ""
    anthropic_key: SecretStr = SecretStr("")
    anthropic_model: str = "claude-haiku-4-5"
    anthropic_price: tuple[float, float] | None = None
    anthropic_at_once: int = Field(default=32, ge=1)
    picture_maker: str = ""
    picture_base_url: str = ""
    picture_cents: float | None = Field(default=None, ge=0)
    clip_maker: str = ""
    clip_base_url: str = ""
    clip_cents: float | None = Field(default=None, ge=0)
    stability_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias="STABILITY_API_KEY"
    )
    replicate_api_token: SecretStr = Field(
        default=SecretStr(""), validation_alias="REPLICATE_API_TOKEN"
    )
    runway_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="RUNWAYML_API_SECRET")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as exc:
            first = exc.errors()[0]
            name = str(first["loc"][0])
            variable = name if name.isupper() else f"AMSEL_{name.upper()}"
            raise ConfigError(f"{variable}: {first['msg'].lower()}; change or unset it") from exc
        except SettingsError as exc:
            raise ConfigError(f"{exc}; change or unset that variable") from exc

    @property
    def ledger(self) -> str:
        """The URL of the ledger's database."""
        return self.ledger_url or f"sqlite:///{self.home.resolve() / 'ledger.db'}"

    @property
    def media_address(self) -> str | None:
        """Where platforms fetch pictures and clips; None where nothing serves them."""
        served = f"{self.sandbox_url.rstrip('/')}/_sandbox/media" if self.sandbox_url else None
        return self.media_url or served

    @property
    def drop_folder(self) -> Path:
        """Where analytics files are laid: `exports/FORMAT/PLATFORM/HANDLE/`."""
        return self.home / "exports"

    @property
    def trends(self) -> Path:
        """Where trend files are laid."""
        return self.home / "trends"
