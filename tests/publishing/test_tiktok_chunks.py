"""How a clip is cut: TikTok refuses what is rounded up, too small or too large."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing.platforms.tiktok_chunks import LARGEST, SMALLEST, plan


@given(st.integers(1, 4_000_000_000), st.integers(1, 100_000_000))
def test_every_clip_is_cut_as_tiktok_takes_it(size, chunk):
    cut = plan(size, chunk)
    ranges = list(cut.ranges())

    assert cut.count == size // cut.chunk == len(ranges) <= 1000
    assert cut.chunk == size <= LARGEST or SMALLEST <= cut.chunk <= LARGEST
    assert [0, *(end for _, end in ranges[:-1])] == [first for first, _ in ranges]
    assert size == ranges[-1][1]
    assert {cut.chunk} >= {end - first for first, end in ranges[:-1]}
    assert ranges[-1][1] - ranges[-1][0] <= 2 * LARGEST


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (10_000, (10_000, 1)),
        (19_999_999, (19_999_999, 1)),
        (20_000_000, (10_000_000, 2)),
        (50_000_123, (10_000_000, 5)),
    ],
)
def test_small_clips_go_up_whole_and_others_in_tens_of_megabytes(size, expected):
    cut = plan(size, 10_000_000)

    assert expected == (cut.chunk, cut.count)


@given(st.integers(1, 200_000_000), st.integers(0, 30))
def test_an_upload_goes_on_where_a_chunk_begins(size, number):
    cut = plan(size, 10_000_000)
    offset = number * cut.chunk

    assert cut.begins_at(offset) == (number < cut.count)
    if cut.begins_at(offset):
        assert offset == next(cut.ranges(offset))[0]
