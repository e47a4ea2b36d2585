"""The PDS half of Bluesky: sessions, identities, records and blobs."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sandbox.audience import Account
from sandbox.bluesky_records import is_nsid, is_record_key, is_tid, read_post
from sandbox.bluesky_tokens import Tokens
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.identity import POST_COLLECTION, at_uri, blob_cid, record_cid, tid
from sandbox.media_bytes import kind_of
from sandbox.store import Person, Post
from sandbox.world import World

PASSWORD = "sandbox-bluesky-"  # noqa: S105 - the sandbox's passwords are no secret
_BLOB_BYTES = 52_428_800
_DEFAULT_LIST = 50


class XrpcError(Exception):
    """An answer that is an error: its status, name and message, and what stands beside them."""

    def __init__(
        self, name: str, message: str, *, status: int = 400, more: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.name = name
        self.status = status
        self.more = more or {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is signed in."""

    account: Account
    person: Person


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it stands: its CID and its value."""

    cid: str
    value: dict[str, Any]


class Repo:
    """The repositories of the planted accounts; posts of everybody else can be read."""

    def __init__(self, world: World, *, tokens: Tokens, endpoint: str) -> None:
        self._world = world
        self._tokens = tokens
        self._endpoint = endpoint

    def create_session(self, body: dict[str, Any]) -> dict[str, Any]:
        """com.atproto.server.createSession."""
        identifier, password = _text(body, "identifier"), _text(body, "password")
        person = self.identity(identifier.removeprefix("@"))
        self._world.tokens.count("bluesky", "login")
        closed = person is not None and self._world.tokens.is_closed("bluesky", person.handle)
        if person is None or closed or password != PASSWORD + person.handle:
            raise XrpcError("AuthenticationRequired", "Invalid identifier or password", status=401)
        return self.session(person) | self._tokens.issue(person.ref, self._world.clock.now())

    def refresh_session(self, token: str) -> dict[str, Any]:
        """com.atproto.server.refreshSession, with the refresh token as bearer."""
        self._world.tokens.count("bluesky", "refresh")
        did, pair = self._tokens.rotate(token, self._world.clock.now())
        person = self.identity(did)
        if person is None or self._world.tokens.is_closed("bluesky", person.handle):
            raise XrpcError("InvalidToken", "Could not find user info for account")
        return self.session(person) | pair

    def session(self, person: Person) -> dict[str, Any]:
        """com.atproto.server.getSession."""
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self._endpoint,
        }
        return {
            "handle": person.handle,
            "did": person.ref,
            "didDoc": {
                "@context": ["https://www.w3.org/ns/did/v1"],
                "id": person.ref,
                "alsoKnownAs": [f"at://{person.handle}"],
                "service": [service],
            },
            "active": True,
        }

    def resolve(self, handle: str) -> dict[str, str]:
        """com.atproto.identity.resolveHandle."""
        person = self._world.store.person("bluesky", handle=handle.lower())
        if person is None:
            raise XrpcError("InvalidRequest", "Unable to resolve handle")
        return {"did": person.ref}

    def identity(self, name: str) -> Person | None:
        """Somebody by handle or DID."""
        if name.startswith("did:"):
            return self._world.store.person("bluesky", ref=name)
        return self._world.store.person("bluesky", handle=name.lower())

    def create(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        """com.atproto.repo.createRecord."""
        collection = self._own(caller, body)
        rkey = _text(body, "rkey") if "rkey" in body else self._fresh_key()
        record = self._check(caller, collection, rkey, body)
        self._check_commit(caller, body)
        if self._kept(caller.person, collection, rkey) is not None:
            # what the reference PDS answers, though the record is there
            raise XrpcError("InternalServerError", "Internal Server Error", status=500)
        return self._write(caller, collection, rkey, record)

    def put(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        """com.atproto.repo.putRecord: the same content is a no-op without a commit."""
        collection, rkey = self._own(caller, body), _text(body, "rkey")
        record = self._check(caller, collection, rkey, body)
        self._check_commit(caller, body)
        before, cid = self._kept(caller.person, collection, rkey), record_cid(record)
        uri = at_uri(caller.person.ref, rkey, collection)
        if before is not None and before.cid == cid:
            return {"uri": uri, "cid": cid, "validationStatus": _status(collection)}
        if "swapRecord" in body and body["swapRecord"] != (before.cid if before else None):
            raise XrpcError("InvalidSwap", f"Record was at {before.cid if before else 'null'}")
        return self._write(caller, collection, rkey, record)

    def delete(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        """com.atproto.repo.deleteRecord: a missing record is no error."""
        collection, rkey = self._own(caller, body), _text(body, "rkey")
        before = self._kept(caller.person, collection, rkey)
        swap = body.get("swapRecord")
        if swap is not None and swap != (before.cid if before else None):
            raise XrpcError("InvalidSwap", f"Record was at {before.cid if before else 'null'}")
        if before is None:
            return {}
        with self._world.store.transaction():
            post = self._world.find("bluesky", at_uri(caller.person.ref, rkey, collection))
            if post is not None:
                self._world.delete(caller.account, post)
            self._world.store.execute(
                "delete from records where did = ? and collection = ? and rkey = ?",
                (caller.person.ref, collection, rkey),
            )
            return {"commit": self._commit(caller, before.cid)}

    def get(self, query: dict[str, str]) -> dict[str, Any]:
        """com.atproto.repo.getRecord, of anybody."""
        person, collection = self._repo(query), _text(query, "collection")
        uri = at_uri(person.ref, _text(query, "rkey"), collection)
        kept = self._kept(person, collection, query["rkey"])
        if kept is None or query.get("cid", kept.cid) != kept.cid:
            raise XrpcError("RecordNotFound", f"Could not locate record: {uri}")
        return {"uri": uri, "cid": kept.cid, "value": kept.value}

    def list(self, query: dict[str, str]) -> dict[str, Any]:
        """com.atproto.repo.listRecords: newest key first, or oldest with `reverse`."""
        person, collection = self._repo(query), _text(query, "collection")
        limit, cursor = read_limit(query, _DEFAULT_LIST), query.get("cursor")
        reverse = query.get("reverse") == "true"
        found = sorted(self._all(person, collection).items(), reverse=not reverse)
        if cursor:
            found = [(k, v) for k, v in found if (k > cursor if reverse else k < cursor)]
        page = found[:limit]
        records = [
            {"uri": at_uri(person.ref, k, collection), "cid": v.cid, "value": v.value}
            for k, v in page
        ]
        return {"records": records} | ({"cursor": page[-1][0]} if len(found) > limit else {})

    def upload(self, caller: Caller, data: bytes, mime: str) -> dict[str, Any]:
        """com.atproto.repo.uploadBlob."""
        if len(data) > _BLOB_BYTES:
            raise XrpcError("BlobTooLarge", "request entity too large", status=413)
        if not mime:
            raise XrpcError("InvalidRequest", "Request encoding (Content-Type) required")
        kind, cid = kind_of(data), blob_cid(data)
        mime = kind.mime if kind else mime  # what it is counts, not what it is called
        self._world.keep_blob("bluesky", cid, caller.person.ref, mime, data)
        blob = {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": len(data)}
        return {"blob": blob}

    def revision(self, did: str) -> str | None:
        """The repository's present revision, for Atproto-Repo-Rev."""
        return self._world.store.get(f"rev {did}")

    def _own(self, caller: Caller, body: dict[str, Any]) -> str:
        if _text(body, "repo") not in (caller.person.ref, caller.person.handle):
            raise XrpcError("AuthenticationRequired", "Authentication Required", status=401)
        collection = _text(body, "collection")
        if not is_nsid(collection):
            raise XrpcError("InvalidRequest", "Input/collection must be a valid nsid")
        return collection

    def _repo(self, query: dict[str, str]) -> Person:
        repo = _text(query, "repo")
        person = self.identity(repo)
        if person is None:
            raise XrpcError("InvalidRequest", f"Could not find repo: {repo}")
        return person

    def _check(
        self, caller: Caller, collection: str, rkey: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        if not is_record_key(rkey):
            raise XrpcError("InvalidRequest", "Input/rkey must be a valid Record Key")
        record = body.get("record")
        if not isinstance(record, dict):
            raise XrpcError("InvalidRequest", 'Input must have the property "record"')
        record = {"$type": collection} | record
        if record["$type"] != collection:
            raise XrpcError(
                "InvalidRequest", f"Invalid $type: expected {collection}, got {record['$type']}"
            )
        try:
            record_cid(record)
            if collection == POST_COLLECTION:
                self._check_post(caller, record, rkey)
        except ValueError as exc:
            raise XrpcError("InvalidRequest", str(exc)) from exc
        return record

    def _check_post(self, caller: Caller, record: dict[str, Any], rkey: str) -> None:
        if not is_tid(rkey):
            raise ValueError("Invalid record key: app.bsky.feed.post needs a TID")
        blobs = read_post(record)[1]
        if blobs and self._world.faults.quirk("bluesky", caller.person.handle, Effect.EXPIRES):
            for blob, _, _ in blobs:
                self._world.store.execute("delete from blobs where id = ?", (blob.ref.link,))
        for blob, most, accept in blobs:
            row = self._world.store.execute(
                "select size, mime from blobs where platform = 'bluesky' and id = ?",
                (blob.ref.link,),
            ).fetchone()
            if row is None:
                raise XrpcError("BlobNotFound", f"Could not find blob: {blob.ref.link}")
            if row[0] > most:
                raise XrpcError("BlobTooLarge", f"This file is too large: at most {most} bytes")
            if blob.mimeType != row[1] or not row[1].startswith(accept):
                raise XrpcError(
                    "InvalidMimeType", f"Wrong type of file. It is {row[1]}, wanted {accept}"
                )

    def _check_commit(self, caller: Caller, body: dict[str, Any]) -> None:
        head = self._world.store.get(f"head {caller.person.ref}")
        if body.get("swapCommit") is not None and body["swapCommit"] != head:
            raise XrpcError("InvalidSwap", f"Commit was at {head}")

    def _write(
        self, caller: Caller, collection: str, rkey: str, record: dict[str, Any]
    ) -> dict[str, Any]:
        uri, cid = at_uri(caller.person.ref, rkey, collection), record_cid(record)
        with self._world.store.transaction():
            if collection == POST_COLLECTION:
                self._write_post(caller, uri, rkey, cid, record)
            else:
                self._world.store.execute(
                    "insert or replace into records values (?, ?, ?, ?, ?)",
                    (caller.person.ref, collection, rkey, cid, json.dumps(record)),
                )
                self._world.note(caller.account, uri, kind=collection)
            commit = self._commit(caller, cid)
        return {"uri": uri, "cid": cid, "commit": commit, "validationStatus": _status(collection)}

    def _write_post(
        self, caller: Caller, uri: str, rkey: str, cid: str, record: dict[str, Any]
    ) -> None:
        reply = record.get("reply")
        embed = str((record.get("embed") or {}).get("$type", ""))
        media = {"images": "image", "video": "video", "external": "link"}
        wire = {
            "rkey": rkey,
            "cid": cid,
            "record": record,
            "media_type": media.get(embed.rpartition(".")[2], "text"),
        }
        before = self._world.find("bluesky", uri)
        if before is not None:
            post = replace(before, text=record["text"], wire=wire)
            self._world.store.add_posts([post])
            self._world.log(caller.account, post, "update")
            return
        self._world.publish(
            caller.account,
            Post(
                platform="bluesky",
                id=uri,
                author=caller.person.handle,
                source="brand",
                text=record["text"],
                created=self._world.clock.now(),
                root=reply["root"]["uri"] if reply else uri,
                parent=reply["parent"]["uri"] if reply else None,
                wire=wire,
            ),
        )

    def _kept(self, person: Person, collection: str, rkey: str) -> Kept | None:
        if collection == POST_COLLECTION:
            post = self._world.find("bluesky", at_uri(person.ref, rkey))
            return Kept(post.wire["cid"], post.wire["record"]) if post else None
        row = self._world.store.execute(
            "select cid, value from records where did = ? and collection = ? and rkey = ?",
            (person.ref, collection, rkey),
        ).fetchone()
        return Kept(row[0], json.loads(row[1])) if row else None

    def _all(self, person: Person, collection: str) -> dict[str, Kept]:
        if collection == POST_COLLECTION:
            posts = self._world.seen("platform = 'bluesky' and author = ?", (person.handle,))
            return {p.wire["rkey"]: Kept(p.wire["cid"], p.wire["record"]) for p in posts}
        rows = self._world.store.execute(
            "select rkey, cid, value from records where did = ? and collection = ?",
            (person.ref, collection),
        )
        return {row[0]: Kept(row[1], json.loads(row[2])) for row in rows}

    def _fresh_key(self) -> str:
        return self._next_tid("last server key")

    def _next_tid(self, key: str) -> str:
        last = int(self._world.store.get(key) or 0)
        now = max(micros(self._world.clock.now()), last + 1)
        self._world.store.put(key, str(now))
        return tid(now)

    def _commit(self, caller: Caller, cid: str) -> dict[str, str]:
        rev = self._next_tid(f"rev clock {caller.person.ref}")
        head = record_cid({"did": caller.person.ref, "rev": rev, "data": cid})
        self._world.store.put(f"rev {caller.person.ref}", rev)
        self._world.store.put(f"head {caller.person.ref}", head)
        return {"cid": head, "rev": rev}


def read_limit(query: dict[str, Any], default: int, *, most: int = 100) -> int:
    """The `limit` of a query: 1 to `most`.

    Raises:
        XrpcError: it is no such number.
    """
    raw = query.get("limit", str(default))
    if not raw.isdecimal() or not 1 <= int(raw) <= most:
        raise XrpcError("InvalidRequest", f"Error: Params/limit must be between 1 and {most}")
    return int(raw)


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        raise XrpcError("InvalidRequest", f'Error: Input must have the property "{name}"')
    if not isinstance(value, str):
        raise XrpcError("InvalidRequest", f"Error: Input/{name} must be a string")
    return value


def _status(collection: str) -> str:
    return "valid" if collection == POST_COLLECTION else "unknown"


SESSION_LIMITS = ((30, timedelta(minutes=5)), (300, timedelta(days=1)))
