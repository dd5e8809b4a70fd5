"""Skimmers of our own writing, each beside a benign script that does nearly the same: only one is proven."""

from pathlib import Path

import pytest

from content.behaviour import observe

SKIMMERS = Path(__file__).parents[1] / "data" / "skimmers"
NAMES = sorted(path.name.removesuffix(".js") for path in SKIMMERS.glob("*.js") if ".benign." not in path.name)
SECONDS = 40
# One of each way in and way out; the rest, and each twin alone, with `make test-long`.
QUICK = {
    *("keys-to-image", "form-to-fetch", "xor-to-websocket", "overlay-form", "after-days", "kept-then-sent"),
    *("encrypted-beacon", "locked-to-a-site", "login-password", "hooked-requests"),
}


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]
)
def test_a_skimmer_is_proven(name: str) -> None:
    behaviour = observe((SKIMMERS / f"{name}.js").read_bytes(), None, SECONDS)
    assert behaviour.proven, behaviour
    leak = behaviour.leaks[0]
    assert leak.to.endswith(".example")


@pytest.mark.slow
def test_their_benign_twins_are_not_proven_all_at_once() -> None:
    twins = b"\n".join((SKIMMERS / f"{name}.benign.js").read_bytes() for name in NAMES)
    behaviour = observe(twins, None, 25)
    assert behaviour.ran
    assert not behaviour.proven, behaviour


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_its_benign_twin_is_not(name: str) -> None:
    behaviour = observe((SKIMMERS / f"{name}.benign.js").read_bytes(), None, SECONDS)
    assert behaviour.ran
    assert not behaviour.proven, behaviour
