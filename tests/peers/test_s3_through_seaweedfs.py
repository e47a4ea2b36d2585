"""Blobs in a bucket of SeaweedFS, an S3 server by other people that checks every signature."""

import hashlib
import time

import pytest

from domain.errors import StoreError
from storage.object_blobs import open_object_blobs
from tests.peers.servers import seaweedfs

KEY, SECRET = "amsel-key", "amsel-secret"
PICTURE = bytes(range(256)) * 4000


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with seaweedfs(tmp_path_factory.mktemp("weed"), key=KEY, secret=SECRET) as address:
        yield address


@pytest.fixture
def bucket(endpoint, monkeypatch):
    values = {"ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET, "REGION": "us-east-1"}
    for name, value in {**values, "ENDPOINT": endpoint}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return lambda: open_object_blobs("s3://brand/pictures", base_url=f"{endpoint}/brand/pictures")


def made(bucket):
    """The store, once its bucket is there: SeaweedFS makes one at the first write."""
    for _ in range(60):
        try:
            bucket().put(b"first")
        except StoreError:
            time.sleep(0.5)
        else:
            return bucket()
    return bucket()


def test_a_picture_goes_into_the_bucket_and_comes_back_whole(bucket):
    blobs = made(bucket)
    name = blobs.put(PICTURE)

    assert hashlib.sha256(PICTURE).hexdigest() == name == blobs.put(PICTURE)
    assert PICTURE == blobs.read(name)


def test_what_is_not_there_is_told(bucket):
    with pytest.raises(StoreError, match="it is not there; add the file again"):
        made(bucket).read("0" * 64)


def test_a_wrong_secret_is_refused_and_not_repeated(bucket, monkeypatch):
    made(bucket)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")

    with pytest.raises(StoreError, match="AMSEL_MEDIA_STORE") as told:
        bucket().put(b"a new one")
    assert "planted-secret" not in str(told.value)
