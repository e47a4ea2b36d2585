"""How platforms sign what they send to an app, and how they find out that the app is there."""

import hmac
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

Signature = tuple[str, str]
"""A header and its value."""


def x_signature(secret: str, body: bytes, _unix: int) -> Signature:
    """X: base64 of the raw body's HMAC, under the app's consumer secret."""
    return "x-twitter-webhooks-signature", f"sha256={_base64(secret, body)}"


def meta_signature(secret: str, body: bytes, _unix: int) -> Signature:
    """Instagram and Facebook: the same in hexadecimal."""
    return "X-Hub-Signature-256", f"sha256={_hex(secret, body)}"


def linkedin_signature(secret: str, body: bytes, _unix: int) -> Signature:
    """LinkedIn: a prefix is signed together with the body."""
    return "X-LI-Signature", _hex(secret, b"hmacsha256=" + body)


def tiktok_signature(secret: str, body: bytes, unix: int) -> Signature:
    """TikTok: the instant is signed together with the body, and told."""
    return "TikTok-Signature", f"t={unix},s={_hex(secret, f'{unix}.'.encode() + body)}"


SIGNATURES: dict[str, Callable[[str, bytes, int], Signature]] = {
    "x": x_signature,
    "instagram": meta_signature,
    "facebook": meta_signature,
    "linkedin": linkedin_signature,
    "tiktok": tiktok_signature,
}
"""Bluesky and Mastodon send no webhooks to apps."""


def question(platform: str, nonce: str, verify_token: str) -> dict[str, str] | None:
    """The query that an app must answer before anything is sent; None where nothing is asked."""
    match platform:
        case "x":
            return {"crc_token": nonce}
        case "linkedin":
            return {"challengeCode": nonce, "applicationId": "sandbox"}
        case "instagram" | "facebook":
            mode = {"hub.mode": "subscribe", "hub.challenge": nonce}
            return mode | {"hub.verify_token": verify_token}
    return None


def expected(platform: str, nonce: str, secret: str) -> dict[str, Any] | str:
    """The right answer to `question`: a JSON object, or a text of Meta's."""
    match platform:
        case "x":
            return {"response_token": f"sha256={_base64(secret, nonce.encode())}"}
        case "linkedin":
            return {"challengeCode": nonce, "challengeResponse": _hex(secret, nonce.encode())}
    return nonce


def _hex(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, sha256).hexdigest()


def _base64(secret: str, content: bytes) -> str:
    return b64encode(hmac.new(secret.encode(), content, sha256).digest()).decode()
