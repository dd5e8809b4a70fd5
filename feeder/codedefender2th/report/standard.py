"""What PCI DSS 4.0.1 asks about payment page scripts, and which of it this report answers.

Requirements 6.4.3 and 11.6.1, in our words; the assessor reads the standard itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One thing that a requirement asks for.

    Attributes:
        requirement: its number.
        asks: what it asks for.
        columns: the report's columns that bear on it; empty where there is none.
        says: how far they fill it, or why nothing does.
    """

    requirement: str
    asks: str
    columns: tuple[str, ...]
    says: str

    @property
    def filled(self) -> bool:
        """Whether the report holds evidence for it."""
        return bool(self.columns)


FIELDS = (
    Field(
        "6.4.3",
        "an inventory of the scripts on payment pages",
        ("script", "host", "sites", "first_seen", "last_seen"),
        "Only scripts that Code Defender raised an incident about: the whole is in HUMAN's console.",
    ),
    Field(
        "6.4.3",
        "that each script is authorised",
        ("decisions", "cases"),
        "Who closed the incidents of a script, when, how and with which words. It is an approval only where "
        "your procedure says so.",
    ),
    Field(
        "6.4.3",
        "that each script's integrity is assured",
        ("content_sha256", "verdict", "reason"),
        "The digest of the content that was looked at, where CodeDefender_Content had it: it tells a change, "
        "and prevents none.",
    ),
    Field(
        "6.4.3",
        "a written business or technical justification of each script",
        (),
        "TheHive does not hold it; the vendor's name and category (vendor) may help to write it.",
    ),
    Field(
        "11.6.1",
        "alerts about unauthorised changes of payment pages' scripts",
        ("incidents", "severity", "first_seen", "last_seen", "time_to_alert"),
        "Each incident of Code Defender that was posted in the channel, and how soon it was an alert.",
    ),
    Field(
        "11.6.1",
        "alerts about unauthorised changes of security-impacting HTTP headers",
        (),
        "Code Defender's posts say nothing of headers: show another control.",
    ),
    Field(
        "11.6.1",
        "that pages are evaluated as the consumer's browser receives them",
        (),
        "Code Defender's sensor does so; its configuration is the evidence, not this report.",
    ),
    Field(
        "11.6.1",
        "that this is done at least weekly, or as a targeted risk analysis sets it",
        (),
        "Incidents show that the sensor spoke, not that it never slept: take it from HUMAN's console.",
    ),
    Field(
        "11.6.1",
        "that personnel responds",
        ("verdict", "decisions", "time_to_verdict", "time_to_case", "time_to_closing"),
        "What was judged, by whom it was closed, and how long that took.",
    ),
)
