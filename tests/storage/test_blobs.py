"""Blobs: equal bytes are one file."""

import hashlib
import resource
from pathlib import Path

import pytest

from domain.errors import StoreError
from storage.blobs import Blobs


def test_equal_bytes_are_kept_once_under_their_hash(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    first, second = blobs.put(b"a picture"), blobs.put(b"a picture")
    assert first == second == hashlib.sha256(b"a picture").hexdigest()
    assert blobs.path(first).read_bytes() == b"a picture"
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [blobs.path(first)]


def test_a_name_that_is_no_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a SHA-256"):
        Blobs(tmp_path).path("../../etc/passwd")


def test_a_full_disk_leaves_no_half_blob(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StoreError, match="free space"):
            Blobs(tmp_path).put(b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
