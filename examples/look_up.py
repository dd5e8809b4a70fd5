"""An analyzer without Cortex: `look_up.py ANALYZER URL [CONFIGURATION]`, the last as a JSON object."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ANALYZERS = Path(__file__).parents[1] / "analyzers"
KNOWN = {file.stem: file for file in sorted((ANALYZERS / "CodeDefender").glob("CodeDefender_*.json"))}

if len(sys.argv) not in {3, 4}:
    sys.exit("usage: look_up.py ANALYZER URL [CONFIGURATION]")
name, url, *more = sys.argv[1:]
if name not in KNOWN:
    sys.exit(f"There is no analyzer {name}; there are {', '.join(KNOWN)}.")
try:
    given = dict(json.loads(more[0])) if more else {}
except (ValueError, TypeError):
    sys.exit('The configuration is no JSON object, such as \'{"key": "…"}\'.')
definition = json.loads(KNOWN[name].read_text())
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
    output = Path(folder) / "output" / "output.json"
    command = [sys.executable, str(ANALYZERS / definition["command"]), folder]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if not output.exists():
        sys.exit(done.stderr.strip() or "The analyzer left no answer.")
    answer = json.loads(output.read_text())
if not answer["success"]:
    sys.exit(answer["errorMessage"])
print(f"{answer['full']['verdict']}: {answer['full']['summary']}")
for link in answer["full"]["links"]:
    print(f"  {link['title']}: {link['url']}")
