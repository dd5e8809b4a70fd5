"""Slack messages, one JSON document on standard input, become TheHive alerts on standard output."""

import json
import sys

from codedefender2th.incident.alert import build_alert
from codedefender2th.incident.message import Rules, read_message

try:
    document = json.load(sys.stdin)
except ValueError as error:
    sys.exit(f"What came on standard input is no JSON: {error}.")
for message in document if isinstance(document, list) else [document]:
    reading = read_message(message, Rules())
    for incident in reading.incidents:
        print(json.dumps(build_alert(incident, channel="C0CODEDEF01", tlp=2, pap=2), indent=2))
    if not reading.incidents:
        print(f"no incident: {reading.outcome.value}", file=sys.stderr)
