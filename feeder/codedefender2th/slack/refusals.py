"""What Slack's refusals mean, for the feeder and in words.

Source: Slack documentation, the errors of the methods that are asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from codedefender2th.errors import KeyRefused, Refusal, Unavailable
from codedefender2th.web import transport

_TEMPORARY = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
}
# Of the token itself.
_KEY_REFUSALS = {
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
}
# `{setting}` is where the token comes from.
_COPY_IT = "copy the Bot User OAuth Token (xoxb-…) of the installed app there"
_REFUSALS = {
    "not_authed": f"Slack received no token from {{setting}}: {_COPY_IT}.",
    "invalid_auth": f"Slack does not know the token in {{setting}}: {_COPY_IT}.",
    "account_inactive": "The Slack app's account is deactivated: reinstall the app to the workspace.",
    "token_revoked": f"The Slack token in {{setting}} was revoked: reinstall the app and {_COPY_IT}.",
    "token_expired": "The Slack token has expired: turn token rotation off in the app and reinstall it.",
    "not_allowed_token_type": f"Slack does not take tokens of the kind in {{setting}}: {_COPY_IT}.",
    "restricted_action": "The workspace does not let the app post there: ask its administrators.",
    "not_in_channel": "The Slack app is not in the channel: type /invite @<the app's name> there.",
    "channel_not_found": (
        "Slack shows the app no such channel: check SLACK_CHANNEL, and if it is private type "
        "/invite @<the app's name> in it."
    ),
    "is_archived": "The Slack channel is archived: unarchive it, or set SLACK_CHANNEL to the one in use.",
    "ekm_access_denied": "The workspace's key management denies access to messages: ask its administrators.",
    "team_access_not_granted": "The app is not granted this workspace: ask its administrators to approve it.",
    "enterprise_is_restricted": "The Enterprise grid does not allow this method: ask its administrators.",
    "org_login_required": "The workspace is being moved to an Enterprise grid: try again when that is over.",
    "accesslimited": "Slack limits access to this workspace: ask its administrators.",
    "no_permission": "The Slack token has not the permissions it needs: reinstall the app with its scopes.",
    "access_denied": "Slack denies access to the channel: ask the workspace's administrators.",
}


class SlackRefusal(Refusal):
    """Slack said `ok: false`.

    Attributes:
        code: Slack's error code.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TokenRefused(SlackRefusal, KeyRefused):
    """Slack does not take the token."""


def in_words(
    method: str, body: Mapping[str, Any], response: requests.Response, key_setting: str
) -> Refusal | Unavailable:
    """An answer that says `ok: false` as an error of ours.

    Args:
        method: that was asked.
        body: of the answer.
        response: the answer.
        key_setting: the setting that the token came from.
    """
    code = str(body.get("error", "no error code"))[:60]
    if code in _TEMPORARY:
        return Unavailable(f"Slack could not do {method} ({code}).", transport.retry_after(response))
    if code == "missing_scope":
        needed = str(body.get("needed", "?"))[:200]
        return SlackRefusal(
            code,
            f"The Slack token lacks a scope for {method} (needed: {needed}): add it under "
            "OAuth & Permissions and reinstall the app.",
        )
    refusal = TokenRefused if code in _KEY_REFUSALS else SlackRefusal
    if code not in _REFUSALS:
        return refusal(code, f"Slack refuses {method} ({code}).")
    return refusal(code, _REFUSALS[code].format(setting=key_setting))
