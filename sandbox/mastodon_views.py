"""How Mastodon shows what the world holds: its entities (version 4.5)."""

from typing import Any

from sandbox import mastodon_posts
from sandbox.clock import iso
from sandbox.mastodon_media import MIMES, Files
from sandbox.mastodon_text import URL_LENGTH, mentions, rendered, tags
from sandbox.store import Person, Post
from sandbox.world import World

VERSION = "4.5.0"
MOST_CHARACTERS, MOST_FILES = 500, 4


class Views:
    """Shapes posts and people into entities."""

    def __init__(self, world: World, files: Files, *, base_url: str) -> None:
        self._world = world
        self._files = files
        self._base = base_url

    def account(self, handle: str) -> dict[str, Any]:
        """Account."""
        person = self.person(handle)
        planted = self._world.audience.account("mastodon", person.handle)
        started = iso(self._world.audience.starts_at)
        url = self._profile(person.handle)
        picture = f"{self._base}/missing.png"
        return {
            "id": person.ref,
            "username": person.handle.partition("@")[0],
            "acct": person.handle,
            "display_name": person.name,
            "locked": False,
            "bot": False,
            "group": False,
            "discoverable": True,
            "indexable": False,
            "created_at": "2020-01-01T00:00:00.000Z",
            "note": "",
            "url": url,
            "uri": url,
            "avatar": picture,
            "avatar_static": picture,
            "header": picture,
            "header_static": picture,
            "followers_count": planted.followers if planted else 50,
            "following_count": 100,
            "statuses_count": 0,
            "last_status_at": started[:10],
            "hide_collections": None,
            "noindex": False,
            "emojis": [],
            "fields": [],
            "roles": [],
        }

    def credentials(self, handle: str) -> dict[str, Any]:
        """CredentialAccount."""
        source = {"privacy": "public", "sensitive": False, "language": None, "note": ""}
        return self.account(handle) | {"source": source}

    def person(self, handle: str) -> Person:
        """Somebody by handle, known or not."""
        found = self._world.store.person("mastodon", handle=handle)
        return found or mastodon_posts.brand(handle, handle)

    def status(self, post: Post, *, counts: bool = True) -> dict[str, Any]:
        """Status; without its counters where they are to be missing."""
        parent = self._world.store.post("mastodon", post.parent) if post.parent else None
        profile = self._profile(post.author)
        shown = {
            "id": post.id,
            "created_at": iso(post.created),
            "in_reply_to_id": post.parent,
            "in_reply_to_account_id": self.person(parent.author).ref if parent else None,
            "sensitive": post.wire.get("sensitive", False),
            "spoiler_text": post.wire.get("spoiler_text", ""),
            "visibility": post.wire.get("visibility", "public"),
            "language": post.wire.get("language"),
            "uri": f"{profile}/statuses/{post.id}",
            "url": f"{profile}/{post.id}",
            "edited_at": None,
            "content": rendered(post.text, link=self._profile, base_url=self._base),
            "reblog": None,
            "account": self.account(post.author),
            "media_attachments": [self._files.view(id) for id in post.wire.get("media_ids", [])],
            "mentions": [self._mention(handle) for handle in mentions(post.text)],
            "tags": [{"name": n, "url": f"{self._base}/tags/{n}"} for n in tags(post.text)],
            "emojis": [],
            "card": None,
            "poll": None,
            "quote": None,
            "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "automatic"},
            "favourited": False,
            "reblogged": False,
            "muted": False,
            "bookmarked": False,
            "pinned": False,
            "filtered": [],
        }
        return shown | (self._counters(post) if counts else {})

    def notification(self, post: Post) -> dict[str, Any]:
        """Notification of a mention."""
        return {
            "id": post.id,
            "type": "mention",
            "group_key": f"ungrouped-{post.id}",
            "created_at": iso(post.created),
            "account": self.account(post.author),
            "status": self.status(post),
        }

    def instance(self) -> dict[str, Any]:
        """Instance (v2)."""
        return {
            "domain": "sandbox.example",
            "title": "Amsel sandbox",
            "version": VERSION,
            "source_url": "https://sandbox.example",
            "description": "An invented server.",
            "usage": {"users": {"active_month": 1}},
            "thumbnail": {"url": f"{self._base}/missing.png"},
            "icon": [],
            "languages": ["en"],
            "configuration": {
                "urls": {},
                "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
                "statuses": {
                    "max_characters": MOST_CHARACTERS,
                    "max_media_attachments": MOST_FILES,
                    "characters_reserved_per_url": URL_LENGTH,
                },
                "media_attachments": {
                    "supported_mime_types": list(MIMES),
                    "description_limit": 1500,
                    "image_size_limit": 16_777_216,
                    "image_matrix_limit": 33_177_600,
                    "video_size_limit": 103_809_024,
                    "video_frame_rate_limit": 120,
                    "video_matrix_limit": 8_294_400,
                },
            },
            "registrations": {"enabled": False, "approval_required": False, "message": None},
            "api_versions": {"mastodon": 7},
            "contact": {"email": "", "account": None},
            "rules": [],
        }

    def _counters(self, post: Post) -> dict[str, int]:
        counts = self._world.counts(post)
        return {
            "replies_count": counts.comments,
            "reblogs_count": counts.reposts,
            "favourites_count": counts.likes,
            "quotes_count": counts.quotes,
        }

    def _mention(self, handle: str) -> dict[str, str]:
        url = self._profile(handle)
        name = handle.partition("@")[0]
        return {"id": self.person(handle).ref, "username": name, "url": url, "acct": handle}

    def _profile(self, handle: str) -> str:
        user, _, server = handle.partition("@")
        return f"https://{server}/@{user}" if server else f"{self._base}/@{user}"
