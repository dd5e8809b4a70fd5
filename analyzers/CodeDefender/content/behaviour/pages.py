"""The make-believe pages: checkouts as the common shop systems write them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import quote

_FOLDER = Path(__file__).parent / "pages"

HOST = "www.birchlane-outfitters.shop"
"""The host of the make-believe shop. Nobody is asked anything there, or anywhere."""


@dataclass(frozen=True)
class Page:
    """A page to visit."""

    name: str
    """For the report: `Magento 1 checkout`, …"""
    shop: str
    """Which globals it has (`page/shop.js`)."""
    html: str
    path: str
    """Path, query and fragment of its address."""
    host: str = HOST
    title: str = "Checkout"
    wanted: tuple[str, ...] = ()
    """Selectors that the script asked for in vain, to be made."""

    hint: str = ""
    """A pattern of what a script says that is made for this shop system."""
    obliging: bool = False
    """Whether fields that the script looks for are made at once."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{self.host}{self.path}"

    def on(self, host: str) -> Page:
        """The same page on another host."""
        return replace(self, host=host)

    def after(self) -> Page:
        """The page that the shop shows after the payment."""
        return replace(self, path="/checkout/onepage/success/", title="Thank you for your order")

    def with_wanted(self, wanted: tuple[str, ...], asked: tuple[tuple[str, str, str], ...]) -> Page:
        """The same page, made to have what the script looked for in it and in its address."""
        words = tuple(
            dict.fromkeys(
                word for about, kind, text in asked if about == "address" for word in _words(kind, text)
            )
        )
        return replace(
            self, wanted=wanted, obliging=bool(wanted or asked), path=self.path.split("?")[0] + _suffix(words)
        )


# Name, shop system (the markup is `pages/<shop>.html`), path, and what a script says that is made for it.
_PAGES = (
    ("own checkout with login", "generic", "/cart/checkout/payment/onepage/", ""),
    ("Magento 1 checkout", "magento1", "/checkout/onepage/", r"onepage|payment\[cc_|billing:|ccsave|\$\$\("),
    (
        "Magento 2 checkout",
        "magento2",
        "/checkout/#payment",
        "magento2|checkoutConfig|authorizenet_",
    ),
    ("WooCommerce checkout", "woocommerce", "/checkout/", "woocommerce|wc-|billing_first_name|place_order"),
    ("Shopify-like checkout", "shopify", "/checkouts/c/8f1c2/information?step=payment_method", "[Ss]hopify"),
    ("OpenCart checkout", "opencart", "/index.php?route=checkout/checkout", "route=checkout|cc_cvv2"),
    ("PrestaShop checkout", "prestashop", "/order?step=3", "prestashop|payment-confirmation"),
)


@cache
def pages() -> tuple[Page, ...]:
    """All pages, in the order in which they are tried."""
    return tuple(
        Page(name, shop, (_FOLDER / f"{shop}.html").read_text("utf-8"), path, hint=hint)
        for name, shop, path, hint in _PAGES
    )


def _words(kind: str, text: str) -> list[str]:
    """What an address must have in it to be the one asked for: a text, or a pattern's first word."""
    if kind == "text":
        return [text] if text and len(text) <= 60 else []
    word = "".join(_literal(text.split("|", maxsplit=1)[0]))
    return [word] if 2 < len(word) <= 60 else []


def _literal(pattern: str) -> list[str]:
    """The characters of a simple pattern that stand for themselves."""
    characters: list[str] = []
    escaped = False
    for character in pattern:
        if escaped:
            characters.append("" if character in "bBwWdDsS" else character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character not in "^$()[]{}?+*.":
            characters.append(character)
    return characters


def _suffix(words: tuple[str, ...]) -> str:
    """Path, query and fragment that have every word in them."""
    path = "".join(word.strip("/") + "/" for word in words if word[0] not in "?&#=")
    query = "&".join(word.strip("?&") for word in words if word[0] in "?&=")
    fragment = "".join(word for word in words if word[0] == "#")
    return (
        quote(path, safe="/-_.=")
        + (f"?{quote(query, safe='&=/-_.%')}" if query else "")
        + quote(fragment, safe="#/-_=")
    )
