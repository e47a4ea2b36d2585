"""How the AppView shows what hangs on a post: pictures, a video, a link card."""

from typing import Any

_CDN = "https://cdn.sandbox.example"


def embed_view(embed: dict[str, Any] | None) -> dict[str, Any] | None:
    """The `#view` of an embed; None where there is none, or one that is not played."""
    kind = (embed or {}).get("$type", "").rpartition(".")[2]
    views = {"images": _images, "video": _video, "external": _external}
    if embed is None or kind not in views:
        return None
    return {"$type": f"app.bsky.embed.{kind}#view", **views[kind](embed)}


def _images(embed: dict[str, Any]) -> dict[str, Any]:
    return {"images": [_image(image) for image in embed["images"]]}


def _image(image: dict[str, Any]) -> dict[str, Any]:
    address = f"{_CDN}/{image['image']['ref']['$link']}"
    shown = {"thumb": f"{address}/thumb", "fullsize": address, "alt": image["alt"]}
    return shown | _ratio(image)


def _video(embed: dict[str, Any]) -> dict[str, Any]:
    cid = embed["video"]["ref"]["$link"]
    shown = {"cid": cid, "playlist": f"{_CDN}/{cid}/playlist.m3u8"}
    return shown | ({"alt": embed["alt"]} if "alt" in embed else {}) | _ratio(embed)


def _external(embed: dict[str, Any]) -> dict[str, Any]:
    card = embed["external"]
    return {"external": {name: card[name] for name in ("uri", "title", "description")}}


def _ratio(part: dict[str, Any]) -> dict[str, Any]:
    return {"aspectRatio": part["aspectRatio"]} if "aspectRatio" in part else {}
