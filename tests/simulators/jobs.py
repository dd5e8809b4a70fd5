"""Runs an analyzer or responder as Cortex 4.1's process runner does: a job directory and a process.

Seen on Cortex 4.1.0: what is in the directory, what `input.json` holds, how the command is started, and
what becomes of each kind of output. Standard library only, so that it also serves a simulated Cortex::

    definition = load(Path("analyzers/CodeDefender/CodeDefender_OSV.json"))
    worker = enable(definition, {"min_severity": "medium"})
    run = ProcessRunner(Path("/tmp/jobs")).run(definition, worker, {"dataType": "url", "data": "https://…"})
    run.job["status"], run.job["report"]
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.guard import guarded

# Items that Cortex adds to every worker's own, with their defaults.
ANALYZER_ITEMS = {"auto_extract_artifacts": False, "jobCache": 10}
GLOBAL_ITEMS = {
    "proxy_http": None,
    "proxy_https": None,
    "cacerts": None,
    "jobTimeout": 30,
    "check_tlp": None,
    "max_tlp": None,
    "check_pap": None,
    "max_pap": None,
}
REQUIRED = ("name", "version", "description", "author", "url", "license")
ARTIFACT_FIELDS = {
    "dataType",
    "data",
    "message",
    "tags",
    "tlp",
    "attachment",
    "file",
    "filename",
    "contentType",
}
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "text": (str,),
    "boolean": (bool,),
    "number": (int, float),
}


class Refused(Exception):
    """Cortex would not enable the worker; the text is its message."""


@dataclass(frozen=True)
class Definition:
    """An analyzer's or responder's definition file."""

    file: Path
    spec: dict[str, Any]

    @property
    def id(self) -> str:
        """Name and version, each dot replaced."""
        return f"{self.spec['name']}_{self.spec['version']}".replace(".", "_")

    @property
    def kind(self) -> str:
        """`analyzer` or `responder`."""
        types = self.spec.get("dataTypeList") or [""]
        return "responder" if str(types[0]).startswith("thehive:") else "analyzer"

    @property
    def home(self) -> Path:
        """The folder that `command` is relative to, the process's working directory."""
        return self.file.parent.parent


@dataclass(frozen=True)
class Run:
    """What came of a job.

    job: as Cortex's API shows it. printed: standard output and error, as they came.
    output: the bytes of output.json, None where there is none. seconds: from start to end.
    """

    job: dict[str, Any]
    printed: str
    output: bytes | None
    argv: tuple[str, ...]
    seconds: float


def load(file: Path) -> Definition:
    """A definition; raises ValueError where Cortex would not list it."""
    spec = json.loads(file.read_text(encoding="utf-8"))
    wrong = [name for name in REQUIRED if not isinstance(spec.get(name), str)]
    if wrong or not (spec.get("command") or spec.get("dockerImage")):
        raise ValueError(f"{file} has invalid format: {wrong or 'no command'}")
    return Definition(file.resolve(), spec)


def enable(definition: Definition, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's stored configuration: every item, null where it is left empty.

    Raises:
        Refused: as Cortex refuses it.
    """
    items = {item["name"]: item for item in definition.spec.get("configurationItems", [])}
    own = ANALYZER_ITEMS if definition.kind == "analyzer" else {}
    stored: dict[str, Any] = {}
    for name, item in items.items():
        empty: Any = [] if item.get("multi") else None
        value = configuration.get(name)
        stored[name] = item.get("defaultValue", empty) if value is None else value
        if stored[name] is None and item.get("required"):
            raise Refused(f"Attribute {name} is missing")
        _check_type(name, item, stored[name])
    for name, default in {**own, **GLOBAL_ITEMS}.items():
        stored[name] = configuration.get(name, default)
    for name in configuration:
        if name not in stored:
            raise Refused(f'Unknown attribute worker.config: "{name}"')
    return stored


def _check_type(name: str, item: dict[str, Any], value: Any) -> None:
    values = value if item.get("multi") and isinstance(value, list) else [value]
    kinds = TYPES[item["type"].lower()]
    for one in values:
        if one is not None and (not isinstance(one, kinds) or (isinstance(one, bool) and bool not in kinds)):
            raise Refused(f"Invalid format for {name}: {one!r}, expected {item['type']}")


class ProcessRunner:
    """Cortex's process runner; the process may ask for no address but those of its configuration.

    Args:
        jobs: the folder that job directories are made in.
        environment: added to this process's own. `PATH` finds this interpreter first, since commands
            begin with `#!/usr/bin/env python3`.

    Attributes:
        start: starts a process, by the interface of `subprocess.Popen`.
    """

    start: Callable[..., Any] = subprocess.Popen

    def __init__(self, jobs: Path, environment: Mapping[str, str] | None = None) -> None:
        self._jobs = jobs
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        # What analyzers keep from job to job stays with these jobs.
        kept = {"XDG_CACHE_HOME": str(jobs.resolve() / ".cache")}
        self._environment = {**os.environ, **kept, "PATH": path, **(environment or {})}

    def run(
        self,
        definition: Definition,
        worker: Mapping[str, Any],
        request: Mapping[str, Any],
        timeout: float | None = None,
    ) -> Run:
        """Run a job.

        Args:
            definition: what to run.
            worker: its stored configuration, see `enable`.
            request: as posted to Cortex: `data`, `dataType`; perhaps `tlp`, `pap`, `message`, `parameters`.
                Of a file `data` is its bytes, `filename` its name.
            timeout: seconds after which the process gets SIGTERM (Cortex counts minutes).
        """
        job = _new_job(definition, request)
        folder = self._jobs / f"cortex-job-{job['id']}-{secrets.randbelow(10**19)}"
        environment = self._prepare(folder, definition, worker, job)
        argv = (str(definition.home / definition.spec["command"]), str(folder))
        started = time.monotonic()
        job["startDate"] = _now()
        try:
            printed = _execute(self.start, argv, definition.home, environment, timeout)
            output = _bytes(folder / "output" / "output.json")
            job |= _outcome(output, printed, folder / "output")
        except OSError as error:
            printed, output = "", None
            reason = f"error={error.errno}, {os.strerror(error.errno or 0)}"
            message = f'Cannot run program "{argv[0]}" (in directory "{definition.home}"): {reason}'
            job |= _failure(message, (folder / "input" / "input.json").read_text(encoding="utf-8"))
        finally:
            if not job["parameters"].get("keepJobFolder"):
                shutil.rmtree(folder)
        if "attachment" in job:
            job["attachment"] = {"name": job["attachment"]["name"]}
        if job["status"] != "InProgress":
            job |= {"endDate": _now(), "updatedAt": _now(), "updatedBy": job["createdBy"]}
        return Run(job, printed, output, argv, time.monotonic() - started)

    def _prepare(
        self, folder: Path, definition: Definition, worker: Mapping[str, Any], job: Mapping[str, Any]
    ) -> dict[str, str]:
        """Make the job directory; the environment to run in."""
        self._jobs.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        (folder / "input").mkdir()
        (folder / "output").mkdir()
        config = _merged(definition.spec.get("config") or {}, worker)
        proxy = {k: config[f"proxy_{k}"] for k in ("http", "https") if config.get(f"proxy_{k}")}
        config |= {"proxy": proxy} if proxy else {}
        environment = guarded(self._environment, config.values())
        names = ("data", "dataType", "tlp", "pap", "message", "parameters")
        written = {**{name: job[name] for name in names if name in job}, "config": config}
        if "attachment" in job:
            written |= _put_file(folder / "input", job["attachment"])
        text = json.dumps(written, ensure_ascii=False, separators=(",", ":"))
        (folder / "input" / "input.json").write_bytes(text.encode("utf-8", "replace"))
        if not config.get("cacerts"):
            return environment
        certificates = folder / "input" / "cacerts"
        certificates.write_text(config["cacerts"], encoding="utf-8")
        return {**environment, "REQUESTS_CA_BUNDLE": str(certificates)}


def _put_file(folder: Path, attachment: Mapping[str, Any]) -> dict[str, str]:
    """The job's file as Cortex lays it down, and what it writes of it instead of `data`."""
    file = folder / f"attachment{secrets.randbelow(10**19)}"
    file.write_bytes(attachment["body"])
    return {"file": file.name, "filename": attachment["name"], "contentType": "text/javascript"}


def _new_job(definition: Definition, request: Mapping[str, Any]) -> dict[str, Any]:
    name, user = definition.id, "simulated"
    optional: dict[str, Any] = {"tlp": 2, "pap": 2, "message": "", "parameters": {}}
    data = request["data"]
    known = (
        {"attachment": {"name": request["filename"], "body": data}}
        if isinstance(data, bytes)
        else {"data": data}
    )
    job = {
        "id": secrets.token_hex(10),
        **known,
        "dataType": request["dataType"],
        **{key: request.get(key, default) for key, default in optional.items()},
        "workerDefinitionId": name,
        "workerId": request.get("workerId", name),
        "workerName": name,
        "type": definition.kind,
        "organization": "demo",
        "createdBy": user,
        "createdAt": _now(),
        "date": _now(),
        "status": "Waiting",
        "_type": "job",
    }
    if definition.kind == "analyzer":
        job |= {"analyzerDefinitionId": name, "analyzerId": job["workerId"], "analyzerName": name}
    return {**job, "_id": job["id"]}


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Cortex's deep merge: what stands in `over` wins, null too."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _execute(
    start: Callable[..., Any],
    argv: tuple[str, ...],
    home: Path,
    environment: dict[str, str],
    timeout: float | None,
) -> str:
    process = start(
        argv,
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        printed, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate()
    text: str = printed.decode("utf-8", "replace")
    return text


def _outcome(output: bytes | None, printed: str, folder: Path) -> dict[str, Any]:
    """Cortex's reading of a worker's output; the exit code does not count."""
    if not output:
        return _failure("".join(printed.splitlines()), None)
    try:
        answer = json.loads(output.decode("utf-8"), parse_constant=_no_constant)
        succeeded = answer.get("success") is True
        if succeeded and not isinstance(answer.get("full"), dict):
            raise ValueError("full is no object")
    except (ValueError, AttributeError):
        # Cortex logs the exception and forgets the job.
        return {"status": "InProgress", "report": "Running"}
    if not succeeded:
        copy = answer.get("input")
        return _failure(str(answer.get("errorMessage", "")), None if copy is None else json.dumps(copy))
    wrong = _wrong_artifact(answer.get("artifacts"))
    if wrong:
        return _failure(f"Report creation failure: [{wrong}]", None)
    report = {
        "summary": answer.get("summary") or {},
        "full": answer["full"],
        "success": True,
        "artifacts": _artifacts(answer.get("artifacts"), folder),
        "operations": answer.get("operations") or [],
    }
    return {"status": "Success", "report": report}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _artifacts(found: Any, folder: Path) -> list[dict[str, Any]]:
    """The artifacts that Cortex stores: one wrong row that is no object loses all of them."""
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        return []
    kept = [row for row in found if row.get("dataType")]
    files = [row for row in kept if row["dataType"] != "file" or (folder / str(row.get("file"))).is_file()]
    return [{"message": None, "tags": [], "tlp": 2, **row} for row in files]


def _wrong_artifact(found: Any) -> str | None:
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    for row in rows:
        unknown = sorted(set(row) - ARTIFACT_FIELDS)
        if unknown:
            return f"Unknown attribute artifact.{unknown[0]}: {json.dumps(row)}"
        if row.get("tlp", 2) not in range(4):
            return f"Invalid format for tlp: JsonInputValue({row['tlp']}), expected number"
    return None


def _failure(message: str, job_input: str | None) -> dict[str, Any]:
    report = {"errorMessage": message, "input": job_input, "success": False}
    parsed = json.loads(job_input) if job_input else None
    return {"status": "Failure", "errorMessage": message, "input": parsed, "report": report}


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _now() -> int:
    return int(time.time() * 1000)
