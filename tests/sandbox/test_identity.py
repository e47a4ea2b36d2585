"""Names that are derived must be those that the real networks would derive."""

from datetime import UTC, datetime

import pytest

from sandbox.bluesky_records import is_tid
from sandbox.identity import blob_cid, record_cid, snowflake, tid


def test_the_cid_of_an_empty_map_is_the_known_one():
    assert record_cid({}) == "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"


def test_the_order_of_keys_does_not_change_a_cid():
    one = {"text": "a", "$type": "b", "n": [1, -2, None, True]}
    assert record_cid(one) == record_cid(dict(reversed(one.items())))
    assert record_cid(one) != record_cid(one | {"text": "c"})


def test_a_blob_has_a_raw_cid():
    assert blob_cid(b"") == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


def test_a_record_has_no_place_for_a_float():
    with pytest.raises(ValueError, match="float"):
        record_cid({"ratio": 1.5})


def test_tids_are_valid_and_sort_by_time():
    keys = [tid(1_772_427_600_000_000 + n, clock_id=n % 7) for n in range(0, 5000, 13)]
    assert all(is_tid(key) for key in keys)
    assert sorted(keys) == keys


def test_x_ids_hold_their_time():
    at = datetime(2026, 3, 2, 5, 0, 0, 250_000, tzinfo=UTC)
    assert (snowflake(at) >> 22) + 1288834974657 == round(at.timestamp() * 1000)
