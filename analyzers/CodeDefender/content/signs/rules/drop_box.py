"""Sends to a place where anybody can leave things for anybody."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="drop-box",
    side=Side.THREAT,
    specificity=Specificity.HIGH,
    meaning="sends to where anybody can leave data unseen: a chat's bot, a webhook, an account",
    patterns=(
        r"api\.telegram\.org/bot",
        r"discord(?:app)?\.com/api/webhooks",
        r"script\.google\.com/macros",
        r"\bwebhook\.site\b",
        r"\.(?:requestbin|pipedream|ngrok|ngrok-free)\.(?:com|net|io|app)\b",
        r"\bsk_live_[0-9a-z]{8}",
    ),
)
