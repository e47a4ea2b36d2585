"""Blobs on object storage: kept once under their hash, and never taken for others."""

import hashlib

import pytest
from obstore.store import MemoryStore

from domain.errors import ConfigError, StoreError
from runtime import build
from runtime.settings import Settings
from storage.object_blobs import ObjectBlobs, open_object_blobs

PICTURE = b"a picture"
NAME = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def blobs(tmp_path):
    return open_object_blobs(tmp_path.as_uri(), base_url="https://cdn.example/brand/")


def test_equal_bytes_are_kept_once_under_their_hash(blobs, tmp_path):
    assert NAME == blobs.put(PICTURE) == blobs.put(PICTURE)

    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [tmp_path / "media" / NAME[:2] / NAME] == kept


def test_what_was_kept_comes_back(blobs):
    assert PICTURE == blobs.read(blobs.put(PICTURE))


def test_a_blob_has_an_address_outside_where_something_serves_the_bucket(blobs):
    assert f"https://cdn.example/brand/media/{NAME[:2]}/{NAME}" == blobs.url(NAME)
    assert ObjectBlobs(MemoryStore(), base_url=None, name="m").url(NAME) is None


def test_a_blob_that_is_not_there_is_told(blobs):
    with pytest.raises(StoreError, match=rf"{NAME[:12]} .*it is not there; add the file again"):
        blobs.read(NAME)


def test_a_blob_that_was_changed_is_never_handed_out(blobs, tmp_path):
    blobs.put(PICTURE)
    (tmp_path / "media" / NAME[:2] / NAME).write_bytes(b"another one")

    with pytest.raises(StoreError, match="its bytes are others; remove it and add it again"):
        blobs.read(NAME)


def test_only_a_hash_names_a_blob(blobs):
    with pytest.raises(StoreError, match="is not a SHA-256"):
        blobs.read("../../etc/passwd")


def test_a_store_that_does_not_answer_is_told_with_what_to_check(monkeypatch):
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "planted-secret",
                        "REGION": "eu", "ENDPOINT": "http://127.0.0.1:9"}.items():  # fmt: skip
        monkeypatch.setenv(f"AWS_{name}", value)
    blobs = open_object_blobs("s3://brand/folder", base_url=None)

    with pytest.raises(StoreError, match=r"in s3://brand/folder: .*AMSEL_MEDIA_STORE") as told:
        blobs.put(PICTURE)
    assert "planted-secret" not in str(told.value)


def test_what_is_no_store_is_told_by_its_variable():
    with pytest.raises(ConfigError, match=r"AMSEL_MEDIA_STORE: .*like s3://bucket/folder"):
        open_object_blobs("nowhere://bucket", base_url=None)


def test_the_settings_choose_the_store(tmp_path):
    kept = build.open_blobs(Settings(home=tmp_path, media_store=tmp_path.as_uri()))

    assert isinstance(kept, ObjectBlobs)
    assert not isinstance(build.open_blobs(Settings(home=tmp_path)), ObjectBlobs)
