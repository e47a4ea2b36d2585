"""Brand files: the examples load, and every mistake is named with its line."""

from datetime import date, time
from pathlib import Path

import pytest

from domain.brand import Brand
from domain.errors import ConfigError, InputError
from domain.platforms import Platform
from domain.risk import Risk
from storage.brand_files import load_brand, load_brands

BRANDS = Path(__file__).parents[2] / "brands"


def changed(tmp_path: Path, old: str, new: str) -> tuple[Path, int]:
    """The English example with one passage replaced, and the line where it stands."""
    text = (BRANDS / "northloom.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "northloom.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path, text[: text.index(old)].count("\n") + 1


def complaint(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_brand(path)
    return str(caught.value)


def test_both_examples_load_with_enough_to_say() -> None:
    brands = load_brands(BRANDS)
    assert sorted(brands) == ["bergquell", "northloom"]
    for brand in brands.values():
        assert len(brand.facts) >= 14
        topics = [fact.topic for fact in brand.facts]
        assert all(topics.count(topic) >= 3 for topic in brand.topics)
        assert {account.base_url for account in brand.accounts} == {None}
        assert {account.platform for account in brand.accounts} == set(Platform)


def test_evening_times_are_times_and_not_numbers() -> None:
    quiet = load_brands(BRANDS)["northloom"].posting.quiet_hours[0]
    assert (quiet.start, quiet.end) == (time(22), time(7))


CAMPAIGN = """
campaigns:
  - id: winter
    title: Winter
    starts_on: 2026-12-01
    ends_on: 2026-12-24
    topics: [{topic}]
posting:"""


def test_a_campaign_has_its_days_and_topics(tmp_path: Path) -> None:
    topic = load_brands(BRANDS)["northloom"].topics[0]
    path, _ = changed(tmp_path, "\nposting:", CAMPAIGN.format(topic=topic))
    (campaign,) = load_brand(path).campaigns
    days = (campaign.starts_on, campaign.ends_on)
    assert ((date(2026, 12, 1), date(2026, 12, 24)), (topic,)) == (days, campaign.topics)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[sheep on the moon]", "[sheep on the moon]", "no fact is about 'sheep on the moon'"),
        ("2026-12-24", "2026-11-24", "it ends on 2026-11-24, before it starts on 2026-12-01"),
    ],
)
def test_a_campaign_that_cannot_be_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    campaign = CAMPAIGN.format(topic="sheep on the moon").replace(old, new)
    path, _ = changed(tmp_path, "\nposting:", campaign)
    assert said in complaint(path)


TONES = "  tone: casual\n"


def test_the_first_of_several_tones_is_the_usual_one(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, TONES, "  tones: [educational, humorous]\n")
    assert "educational" == load_brand(path).voice.tone


@pytest.mark.parametrize(
    ("tones", "line", "said"),
    [
        ("[educational]", 0, "voice.tone: 'casual' is not in tones"),
        ("[casual, funny]", 1, "voice.tones.1: input should be 'professional', 'casual'"),
        ("[casual, casual]", 1, "voice.tones.1: 'casual' stands twice"),
    ],
)
def test_tones_that_cannot_be_are_refused_with_their_line(
    tmp_path: Path, tones: str, line: int, said: str
) -> None:
    path, at = changed(tmp_path, TONES, f"{TONES}  tones: {tones}\n")
    assert f"northloom.yaml:{at + line}: {said}" in complaint(path)


def test_more_platforms_than_there_are_accounts_on_are_refused(tmp_path: Path) -> None:
    path, at = changed(tmp_path, "  posts_per_day: ", "  platforms_per_post: 9\n  posts_per_day: ")
    assert f"northloom.yaml:{at}: posting.platforms_per_post: 9 are wanted" in complaint(path)


DUTY = """duties:
  - id: visits
    topic: {topic}
    at_least: {at_least}
    per: week
"""


def test_a_duty_has_its_topic_and_how_often(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "duties:\n", DUTY.format(topic="care", at_least=2))
    assert "visits at least twice a week" == load_brand(path).duties[0].in_words()


@pytest.mark.parametrize(
    ("topic", "at_least", "line", "said"),
    [
        ("sheep on the moon", 1, 2, "duties.0.topic: no fact is about 'sheep on the moon'"),
        ("care", 99, 3, "duties.0.at_least: 99 a week is more than posting.posts_per_day"),
    ],
)
def test_a_duty_that_cannot_be_met_is_refused_with_its_line(
    tmp_path: Path, topic: str, at_least: int, line: int, said: str
) -> None:
    path, at = changed(tmp_path, "duties:\n", DUTY.format(topic=topic, at_least=at_least))
    assert f"northloom.yaml:{at + line}: {said}" in complaint(path)


def test_country_no_is_norway(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "country: GB", "country: NO")
    assert load_brand(path).country == "NO"


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "max_hashtags: 2", "max_hastags: 2")
    expected = f"{path}:{line}: voice.max_hastags: unknown key 'max_hastags'; "
    assert complaint(path) == expected + "did you mean 'max_hashtags'?"


def test_an_unknown_key_deep_in_a_list_is_found(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "    handle: northloom.test", "    handel: northloom.test")
    said = complaint(path).splitlines()
    assert f"{path}:{line}: accounts.1.handel: unknown key 'handel'; did you mean 'handle'?" in said
    assert f"{path}:{line - 1}: accounts.1.handle: is missing; add `handle: ...` here" in said


def with_options(tmp_path: Path, options: str) -> tuple[Path, int]:
    """The first account (X) with these options, and the line that they stand on."""
    path, line = changed(
        tmp_path,
        "    handle: northloom\n",
        f"    handle: northloom\n    options:\n      {options}\n",
    )
    return path, line + 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("chunk_byte: 5", "chunk_byte: unknown key 'chunk_byte'; did you mean 'chunk_bytes'?"),
        ("reels: true", "reels: unknown key 'reels'; known: chunk_bytes, fields"),
        (
            "fields: post",
            "fields: input should be 'tweet.fields' or 'post.fields', but it is 'post'",
        ),
        ("chunk_bytes: 5", "chunk_bytes: input should be greater than or equal to 262144"),
    ],
)
def test_an_option_that_the_platform_does_not_have_is_named_with_its_line(
    tmp_path: Path, options: str, said: str
) -> None:
    path, line = with_options(tmp_path, options)
    assert complaint(path).startswith(f"{path}:{line}: accounts.0.options.{said}")


def test_options_survive_the_ledger(tmp_path: Path) -> None:
    path, _ = with_options(tmp_path, "fields: post.fields")
    brand = load_brand(path)
    assert {"fields": "post.fields"} == brand.accounts[0].options
    assert brand == Brand.model_validate_json(brand.model_dump_json())


def test_a_wrong_value_is_shown_with_its_line(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "min_gap_minutes: 120", "min_gap_minutes: -5")
    assert complaint(path) == (
        f"{path}:{line}: posting.min_gap_minutes: input should be greater than or equal to 0, "
        "but it is -5; change it"
    )


def test_an_unknown_time_zone_names_its_line(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "time_zone: Europe/London", "time_zone: Leeds")
    assert complaint(path).startswith(f"{path}:{line}: accounts.0.time_zone: 'Leeds' is not")


def test_a_fact_of_an_unknown_topic_is_refused(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "topic: wool", "topic: whool")
    expected = f"{path}:{line}: facts.0.topic: 'whool' is not in topics; add it there"
    assert complaint(path) == expected


def test_what_stands_twice_is_named_with_the_line_of_the_second(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "- id: offcuts", "- id: water")
    said = complaint(path)
    second = path.read_text(encoding="utf-8").splitlines()[int(said.split(":")[1]) - 1]
    assert (second.strip(), said.split(":")[1] > str(line)) == ("- id: water", True)
    assert ".id: 'water' is used twice; give each fact its own id" in said

    text = (BRANDS / "northloom.yaml").read_text(encoding="utf-8")
    bluesky = "  - platform: bluesky\n    handle: northloom.test"
    path, line = changed(tmp_path, bluesky, "  - platform: x\n    handle: northloom")
    assert text.count(bluesky) == 1
    expected = "accounts.1.handle: the same platform and handle stand twice; remove one"
    assert complaint(path) == f"{path}:{line + 1}: {expected}"


@pytest.mark.parametrize(
    ("key", "misspelt"), [("answer", "[quesion]"), ("escalate", "[complaints]")]
)
def test_a_kind_of_message_that_there_is_not_is_refused(
    key: str, misspelt: str, tmp_path: Path
) -> None:
    old = {"answer": "[question, praise]", "escalate": "[complaint, crisis]"}[key]
    path, line = changed(tmp_path, f"  {key}: {old}", f"  {key}: {misspelt}")
    assert complaint(path).startswith(f"{path}:{line}: replies.{key}.0: input should be ")


def test_a_number_without_end_is_refused(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "monthly_cents: 2000", f"monthly_cents: {'9' * 5000}")
    assert "shorten it" in complaint(path)


def test_a_file_for_a_newer_amsel_is_refused(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "country: GB", "country: GB\nschema_version: 2")
    assert complaint(path).startswith(f"{path}:{line + 1}: schema_version: ")


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "autonomy: guarded\nmin_confidence: 0.6", "autonomy: free\nx: 1")
    assert len(complaint(path).splitlines()) == 2


def test_an_autonomy_may_stand_for_each_risk(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "autonomy: guarded", "autonomy: {low: full, high: manual}")
    brand = load_brand(path)
    assert ["full", "guarded", "manual"] == [brand.autonomy_at(risk) for risk in Risk]
    assert brand == Brand.model_validate_json(brand.model_dump_json())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("free", "autonomy: 'free' is no autonomy; write one of manual, guarded, full, or one for"),
        ("[full]", "autonomy: ['full'] is no autonomy"),
        ("{hihg: full}", "autonomy.hihg: unknown key 'hihg'; did you mean 'high'?"),
        ("{low: free}", "autonomy.low: input should be 'manual', 'guarded' or 'full', but it is"),
    ],
)
def test_a_wrong_autonomy_names_line_and_field(tmp_path: Path, wrong: str, said: str) -> None:
    path, line = changed(tmp_path, "autonomy: guarded", f"autonomy: {wrong}")
    assert complaint(path).startswith(f"{path}:{line}: {said}")


def test_what_is_done_before_calibration_is_one_of_two_words(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "before_calibration: publish", "before_calibration: maybe")
    assert complaint(path).startswith(f"{path}:{line}: before_calibration: input should be 'wait'")


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "country: GB", "title: Twice")
    assert complaint(path) == f"{path}:{line}: 'title' stands twice; keep one of them"


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "country: GB", "country: [GB")
    assert complaint(path).startswith(f"{path}:{line + 2}: ")
    assert "mend the YAML" in complaint(path)


def test_a_file_cannot_make_objects(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "country: GB", "country: !!python/object/apply:os.getpid []")
    assert complaint(path).startswith(f"{path}:{line}: could not determine a constructor")


def test_an_alias_that_holds_itself_is_refused_and_not_followed_for_ever(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "keywords: [wool", "keywords: &a [*a")
    assert "keywords.0" in complaint(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "is empty"), ("- a\n- b\n", "is a list of `key: value` lines"), ("# only\n", "is empty")],
)
def test_a_file_without_a_brand_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(content, encoding="utf-8")
    assert said in complaint(path)


def test_a_missing_file_and_a_wrong_encoding_say_so(tmp_path: Path) -> None:
    assert "cannot be opened" in complaint(tmp_path / "none.yaml")
    path = tmp_path / "latin.yaml"
    path.write_bytes("title: Müller".encode("latin-1"))
    assert complaint(path).endswith("is not UTF-8; save it as UTF-8")


def test_two_files_with_one_brand_are_refused(tmp_path: Path) -> None:
    text = (BRANDS / "northloom.yaml").read_text(encoding="utf-8")
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"b\.yaml: another file names its brand 'northloom'"):
        load_brands(tmp_path)


def test_a_folder_without_brands_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="write one"):
        load_brands(tmp_path)


def with_music(tmp_path: Path, line: str = "music: sound/theme.mp3") -> tuple[Path, int]:
    """The English example with a line in its look, and where that stands."""
    path, at = changed(tmp_path, "\n  accent:", f"\n  {line}\n  accent:")
    return path, at + 1


def test_the_music_that_a_brand_names_is_taken_and_known_by_its_hash(tmp_path: Path) -> None:
    asked: list[Path] = []

    def take(path: Path) -> str:
        asked.append(path)
        return "ab" * 32

    path, _ = with_music(tmp_path)
    look = load_brand(path, take=take).look

    assert look is not None
    assert ("sound/theme.mp3", "ab" * 32) == (look.music, look.music_sha256)
    assert [tmp_path / "sound" / "theme.mp3"] == asked


def test_music_that_cannot_be_used_is_told_with_file_line_and_field(tmp_path: Path) -> None:
    def take(path: Path) -> str:
        raise InputError(f"{path.name}: the music holds no sound")

    path, line = with_music(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_brand(path, take=take)

    assert f"{path}:{line}: look.music: theme.mp3: the music holds no sound" == str(caught.value)


def test_nobody_writes_the_hash_of_music_by_hand(tmp_path: Path) -> None:
    path, _ = with_music(tmp_path, f"music_sha256: {'ab' * 32}")

    assert "is filled in by itself; name the file in `music`" in complaint(path)


def test_a_brand_without_facts_is_refused(tmp_path: Path) -> None:
    text = (BRANDS / "northloom.yaml").read_text(encoding="utf-8")
    facts = text[text.index("\nfacts:") : text.index("\naccounts:")]
    path, at = changed(tmp_path, facts, "\nfacts: []\n")
    assert f"{path}:{at + 1}: facts: tuple should have at least 1 item" in complaint(path)
    path, _ = changed(tmp_path, facts, "\n")
    assert "facts: is missing; add `facts: ...` here" in complaint(path)


def test_a_fact_of_five_thousand_words_is_refused(tmp_path: Path) -> None:
    path, at = changed(tmp_path, "Our wool comes from 11 farms", "wool " * 5000)
    assert f"{path}:{at}: facts.0.text: string should have at most 1000" in complaint(path)
    assert len(complaint(path)) < 500


@pytest.mark.parametrize("topic", ["''", "' '", "'2026'", "'?!'"])
def test_a_topic_without_a_letter_is_refused(tmp_path: Path, topic: str) -> None:
    path, at = changed(tmp_path, "topics: [wool, ", f"topics: [wool, {topic}, ")
    assert f"{path}:{at}: topics.1: {topic} has no letter; name what it is about" in complaint(path)
