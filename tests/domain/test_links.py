"""Links that only one's own network can follow are told by their spelling."""

import pytest

from domain.deliveries import Payload
from domain.links import leads_inside
from domain.platforms import Platform
from domain.preflight import refusals

INSIDE = (
    "http://127.0.0.1/",
    "http://localhost:8080/x",
    "http://LOCALHOST./",
    "https://user:pw@10.1.2.3/a",
    "http://192.168.1.1",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://168.63.129.16/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://017700000001/",
    "http://2130706433/",
    "http://0/",
    "http://intranet/plan",
    "http://printer.local/",
    "http://metadata.google.internal/",
)
OUTSIDE = (
    "https://example.org/soap",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://127.0.0.1.example.org/",
    "https://localhost.example.org/",
    "https://local.example/",
    "https://1.example/",
    "mailto:ann@example.org",
    "https://[broken/",
)


@pytest.mark.parametrize("link", INSIDE)
def test_a_link_into_ones_own_network_is_told(link: str) -> None:
    assert leads_inside(link)


@pytest.mark.parametrize("link", OUTSIDE)
def test_a_link_that_everybody_can_follow_is_none(link: str) -> None:
    assert not leads_inside(link)


@pytest.mark.parametrize(
    "payload",
    [
        Payload(text="Soap.", link="http://10.0.0.1/soap"),
        Payload(text="Soap: http://10.0.0.1/soap!"),
    ],
)
def test_a_post_with_such_a_link_is_refused_before_the_send(payload: Payload) -> None:
    (found,) = refusals(Platform.BLUESKY, payload)
    assert ("link", "http://10.0.0.1/soap" in found.evidence) == (found.rule, True)
    assert "everybody can open" in found.remedy


def test_an_address_without_a_scheme_is_a_word_and_no_link() -> None:
    assert () == refusals(Platform.BLUESKY, Payload(text="Version 10.0.0.1 of our soap."))
