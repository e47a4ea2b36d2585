"""Facebook's wire: videos and reels by phases, unknown until they are live."""

import httpx
import pytest

from domain import errors
from publishing.platforms.base import Repeat
from tests.publishing.meta_wire import CLIP, NOON, REEL, Kept, Played, facebook, refused, send

LIVE = {
    "id": "v1",
    "status": {"video_status": "ready"},
    "published": True,
    "post_id": "90",
    "created_time": "2026-03-02T12:00:09+0000",
    "permalink_url": "/watch/?v=1",
}


def video_wire(*looks):
    started = {
        "video_id": "v1",
        "upload_session_id": "s1",
        "start_offset": "0",
        "end_offset": "3",
    }
    played = Played()
    played.add(
        "POST 7/videos",
        started,
        {"start_offset": "3", "end_offset": "4"},
        {"start_offset": "4", "end_offset": "4"},
        {"success": True},
    )
    return played.add("GET v1", *(looks or (LIVE,)))


def test_a_video_goes_by_phases_to_the_video_host():
    played, steps = video_wire(), Kept()

    result = facebook(played).publish(send(media=(CLIP,), title="Wasser", steps=steps))

    start, *parts, finish = [form for *_, form in played.writes()]
    assert {"upload_phase": "start", "file_size": "4"} == start
    assert [b"fil", b"m"] == [
        body.split(b"\r\n\r\n")[-1][:-40].split(b"\r\n")[0] for body in played.bodies[1:3]
    ]
    assert 2 == len(parts)
    assert {
        "upload_phase": "finish",
        "upload_session_id": "s1",
        "description": "Frisch.",
        "title": "Wasser",
    } == finish
    assert {"graph-video.facebook.com"} == set(played.hosts[:4])
    assert ("7_90", "https://www.facebook.com/watch/?v=1") == (result.platform_id, result.url)
    assert {"session": "s1", "video": "v1", "sent": "4", "uploaded": "yes", "finishing": "yes"} == (
        steps
    )


def test_a_short_upright_video_is_a_reel():
    played = Played().add("GET v1", LIVE)
    url = "https://rupload.facebook.com/video-upload/v25.0/v1"
    played.add("POST 7/video_reels", {"video_id": "v1", "upload_url": url}, {"success": True})
    played.add("POST /video-upload/v25.0/v1", {"success": True})

    facebook(played).publish(send(media=(REEL,)))

    finish = {
        "upload_phase": "finish",
        "video_id": "v1",
        "video_state": "PUBLISHED",
        "description": "Frisch.",
    }
    assert finish == played.writes()[-1][2]


@pytest.mark.parametrize(
    "change", [{"seconds": 91}, {"mime_type": "video/quicktime"}, {"width": 400, "height": 711}]
)
def test_what_is_no_reel_is_a_video(change):
    played = video_wire()

    facebook(played).publish(send(media=(REEL.model_copy(update=change),)))

    assert "7/videos" == played.writes()[0][1]


def test_a_part_that_is_taken_twice_does_not_go_round_for_ever():
    played = video_wire()
    started = played.answers["POST 7/videos"][0]
    played.add("POST 7/videos", started)

    with pytest.raises(errors.Unreachable):
        facebook(played).publish(send(media=(CLIP,)))


def test_a_broken_upload_begins_anew_and_a_whole_one_is_only_finished():
    played, steps = video_wire(), Kept(video="v0", session="s0")
    facebook(played).publish(send(media=(CLIP,), steps=steps))
    assert "start" == played.writes()[0][2]["upload_phase"]

    played = Played().add("POST 7/videos", {"success": True}).add("GET v1", LIVE)
    steps = Kept(video="v1", session="s1", uploaded="yes")
    facebook(played).publish(send(media=(CLIP,), steps=steps))
    assert ["finish"] == [form["upload_phase"] for *_, form in played.writes()]


def status(name, **more):
    return {"id": "v1", "status": {"video_status": name}, **more}


ASKED = {"video": "v1", "session": "s1", "uploaded": "yes", "finishing": "yes"}


@pytest.mark.parametrize("name", ["processing", "something_new"])
def test_a_video_in_work_is_unknown_until_it_is_live(name):
    network = facebook(video_wire(status(name)))
    with pytest.raises(errors.FateUnknown):
        network.publish(send(media=(CLIP,)))
    with pytest.raises(errors.Processing):
        network.look_up(send(media=(CLIP,), steps=Kept(ASKED)), since=NOON)


@pytest.mark.parametrize(
    ("look", "wanted"),
    [
        (status("error"), Repeat.HARMLESS),
        (status("upload_complete"), Repeat.HARMLESS),
        (status("ready", published=False), Repeat.HARMLESS),
        (refused(100, 33), None),
    ],
)
def test_a_video_that_is_not_public_is_asked_for_again_under_its_id(look, wanted):
    network = facebook(Played().add("GET v1", look))
    assert wanted == network.look_up(send(media=(CLIP,), steps=Kept(ASKED)), since=NOON)


def test_a_live_video_is_found_by_its_id_and_never_finished_again():
    played = Played().add("GET v1", LIVE)
    network, sent = facebook(played), send(media=(CLIP,), steps=Kept(ASKED))

    found, again = network.look_up(sent, since=NOON), network.publish(sent)

    assert ("7_90", True, "7_90", []) == (
        found.platform_id,
        found.adopted,
        again.platform_id,
        played.writes(),
    )


def test_without_having_asked_for_it_no_video_is_there():
    steps = Kept(video="v1", session="s1", uploaded="yes")
    sent = send(media=(CLIP,), steps=steps)
    assert Repeat.HARMLESS == facebook(Played()).look_up(sent, since=NOON)


def test_a_refused_finish_is_asked_as_if_first():
    played, steps = video_wire(), Kept(video="v1", session="s1", uploaded="yes")
    played.add("POST 7/videos", refused(80001))
    with pytest.raises(errors.RateLimited):
        facebook(played).publish(send(media=(CLIP,), steps=steps))
    assert {"video": "v1", "session": "s1", "uploaded": "yes", "finishing": ""} == steps

    played.add("POST 7/videos", refused(1363037))
    with pytest.raises(errors.Unreachable):
        facebook(played).publish(send(media=(CLIP,), steps=steps))
    assert {""} == set(steps.values())


def test_a_look_that_fails_after_the_finish_leaves_it_unknown():
    with pytest.raises(errors.FateUnknown):
        facebook(video_wire(httpx.Response(500))).publish(send(media=(CLIP,)))
