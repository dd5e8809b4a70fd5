"""An analyzer without Cortex: `look_up.py ANALYZER URL [CONFIGURATION]`, the last as a JSON object."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ANALYZERS = Path(__file__).parents[1] / "analyzers"

name, url, *more = sys.argv[1:]
definition = json.loads((ANALYZERS / "CodeDefender" / f"{name}.json").read_text())
given = json.loads(more[0]) if more else {}
job = {
    "data": url,
    "dataType": "url",
    "tlp": 2,
    "pap": 2,
    "config": {**definition["config"], **given},
}
with tempfile.TemporaryDirectory() as folder:
    # As Cortex does: the job in input/input.json, the answer in output/output.json.
    for part in ("input", "output"):
        (Path(folder) / part).mkdir()
    (Path(folder) / "input" / "input.json").write_text(json.dumps(job))
    subprocess.run([sys.executable, str(ANALYZERS / definition["command"]), folder], check=False)
    answer = json.loads((Path(folder) / "output" / "output.json").read_text())
if not answer["success"]:
    sys.exit(answer["errorMessage"])
print(f"{answer['full']['verdict']}: {answer['full']['summary']}")
for link in answer["full"]["links"]:
    print(f"  {link['title']}: {link['url']}")
