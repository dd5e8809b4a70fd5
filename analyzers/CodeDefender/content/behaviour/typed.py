"""What the visitor types: for every kind of field three texts of the same form, none of them anybody's.

Card numbers share their first eight and last four digits, their length and their brand, and all pass the
Luhn check: what tells them apart is only what nobody but the bank may have. So a brand, a BIN or the last
four digits that leave, all of them common and permitted, do not show as a card that leaves.
"""

from __future__ import annotations

from datetime import date

CARD_NUMBER, SECURITY_CODE, PASSWORD = "card number", "security code", "password"

_TEXTS: dict[str, tuple[str, str, str]] = {
    CARD_NUMBER: ("4532756219716467", "4532756230436467", "4532756294616467"),
    SECURITY_CODE: ("738", "492", "615"),
    PASSWORD: ("Quince-Fable-38", "Walnut-Rider-52", "Copper-Skill-71"),
    "name": ("Marion Keller", "Judith Barnes", "Connie Fisher"),
    "e-mail": ("m.keller@harborpost.net", "j.barnes@harborpost.net", "c.fisher@harborpost.net"),
    "phone": ("2025550143", "2025550178", "2025550116"),
    "address": ("418 Alder Street", "527 Birch Street", "639 Cedar Street"),
    "city": ("Rockford", "Lansdale", "Hartwick"),
    "postcode": ("61104", "19446", "13348"),
    "text": ("Blue lantern", "Gray lattice", "Pink leaflet"),
}

KINDS = (*_TEXTS, "expiry")
"""Every kind of field, the three that prove a theft first."""


def typed(today: date, differs: frozenset[str] | None = frozenset(), which: int = 1) -> dict[str, str]:
    """What is typed into each kind of field.

    The kinds in `differs` (None: all) have their second (`which` 1) or third (2) text, the others the
    first.
    """
    texts = {**_TEXTS, "expiry": _expiries(today)}
    return {kind: text[which if differs is None or kind in differs else 0] for kind, text in texts.items()}


def _expiries(today: date) -> tuple[str, str, str]:
    """Three dates in the coming years, `MM/YY`."""
    year = today.year % 100
    return f"07/{year + 2:02}", f"09/{year + 3:02}", f"11/{year + 4:02}"
