"""A version of a model serves after its promotion, and only as the file that was saved."""

import json
from datetime import UTC, datetime

import pytest

from domain.errors import ModelError, StoreError
from storage.models import ModelCard, ModelRegistry

CARD = ModelCard(
    data_hash="d1",
    code_version="abc",
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    scores=({"model": "amsel", "metric": "spearman", "value": 0.5},),
)
LATER = CARD.model_copy(update={"created_at": datetime(2026, 3, 8, tzinfo=UTC)})


@pytest.fixture
def registry(tmp_path):
    return ModelRegistry(tmp_path / "models")


def test_a_saved_version_does_not_serve_until_it_is_promoted(registry):
    version = registry.save("timing", b"one", CARD)
    assert registry.serving("timing") is None
    with pytest.raises(ModelError, match="promote"):
        registry.load("timing")
    registry.promote("timing", version)
    assert version == registry.serving("timing")
    assert registry.load("timing") == b"one"


def test_the_card_keeps_data_code_scores_and_time(registry):
    version = registry.save("timing", b"one", CARD)
    card = registry.card("timing", version)
    assert ("d1", "abc", CARD.scores, CARD.created_at) == (
        card.data_hash,
        card.code_version,
        card.scores,
        card.created_at,
    )


def test_rolling_back_serves_the_version_before(registry):
    first = registry.save("timing", b"one", CARD)
    second = registry.save("timing", b"two", LATER)
    registry.promote("timing", first)
    registry.promote("timing", second)
    assert first == registry.rollback("timing")
    assert registry.load("timing") == b"one"
    assert registry.rollback("timing") is None
    with pytest.raises(ModelError, match="nothing to roll back"):
        registry.rollback("timing")


@pytest.fixture
def three(registry):
    """Three versions of a model, promoted one after the other, oldest first."""
    versions = []
    for day in (1, 8, 15):
        card = CARD.model_copy(update={"created_at": datetime(2026, 3, day, tzinfo=UTC)})
        versions.append(registry.save("timing", f"of day {day}".encode(), card))
        registry.promote("timing", versions[-1])
    return versions


def test_a_roll_back_may_pass_over_versions(registry, three):
    assert three[0] == registry.rollback("timing", to=three[0])
    assert registry.load("timing") == b"of day 1"
    assert three[:1] == registry.history("timing")


def test_a_version_that_never_served_is_nothing_to_roll_back_to(registry, three):
    refused = registry.save("timing", b"refused", CARD)
    for unfit in (refused, three[-1], "unheard-of"):
        with pytest.raises(ModelError, match=f"did not serve before {three[-1]}.*{three[0]}"):
            registry.rollback("timing", to=unfit)
    assert three == registry.history("timing")


def test_a_damaged_older_version_leaves_what_serves(registry, three, tmp_path):
    (tmp_path / "models" / "timing" / f"{three[1]}.model").write_bytes(b"foreign")
    with pytest.raises(StoreError, match="SHA-256"):
        registry.rollback("timing")
    assert three[-1] == registry.serving("timing")
    assert three[0] == registry.rollback("timing", to=three[0])


def test_what_serves_is_not_promoted_over_itself(registry, three):
    registry.promote("timing", three[-1])
    assert three[1] == registry.rollback("timing")


def test_saving_the_same_model_twice_makes_one_version(registry):
    assert registry.save("timing", b"one", CARD) == registry.save("timing", b"one", CARD)
    assert len(registry.versions("timing")) == 1


def test_a_file_that_was_exchanged_is_refused(registry, tmp_path):
    version = registry.save("timing", b"one", CARD)
    (tmp_path / "models" / "timing" / f"{version}.model").write_bytes(b"foreign")
    with pytest.raises(StoreError, match="SHA-256"):
        registry.load("timing", version)
    with pytest.raises(StoreError, match="SHA-256"):
        registry.promote("timing", version)


def test_a_file_without_a_card_is_refused(registry, tmp_path):
    registry.save("timing", b"one", CARD)
    (tmp_path / "models" / "timing" / "20260101T000000-foreign.model").write_bytes(b"foreign")
    with pytest.raises(ModelError, match="no version"):
        registry.promote("timing", "20260101T000000-foreign")


def test_a_damaged_card_is_an_error_that_names_the_remedy(registry, tmp_path):
    version = registry.save("timing", b"one", CARD)
    (tmp_path / "models" / "timing" / f"{version}.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(ModelError, match="train timing again"):
        registry.load("timing", version)


def test_a_name_cannot_leave_the_folder(registry):
    with pytest.raises(ModelError, match="no model name"):
        registry.save("../outside", b"one", CARD)


def test_a_write_that_fails_leaves_the_serving_version(registry, tmp_path, monkeypatch):
    first = registry.save("timing", b"one", CARD)
    registry.promote("timing", first)
    second = registry.save("timing", b"two", LATER)

    def full_disk(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(StoreError, match="free some space"):
        registry.promote("timing", second)
    monkeypatch.undo()
    assert first == registry.serving("timing")
    assert not list((tmp_path / "models" / "timing").glob(".*"))
