"""What the official VirusTotal analyzer asks for a URL, on vt-py: the report and three relations."""

from __future__ import annotations

import json
import sys

import vt

RELATIONS = ("contacted_domains", "contacted_ips", "last_serving_ip_address")


def main(root: str, key: str, url: str) -> None:
    """Print what was found."""
    with vt.Client(key) as client:
        found = client.get_object(f"{root}/urls/{vt.url_id(url)}")
        relations = {}
        for name in RELATIONS:
            try:
                relations[name] = client.get_json(f"{root}/urls/{found.id}/{name}")
            except vt.APIError:
                # As the official analyzer does: a relation that may not be read is left out.
                relations[name] = None
        print(json.dumps({"stats": dict(found.last_analysis_stats), "relations": relations}))


if __name__ == "__main__":
    main(*sys.argv[1:])
