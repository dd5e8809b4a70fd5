"""What is enabled in a Cortex and the jobs it runs: real definitions, run as processes.

Seen on Cortex 4.1.0: a job of the same worker, data type, TLP, data and parameters is answered from
the cache for `jobCache` minutes unless it failed; responders' never; a broken output leaves a job
InProgress for ever.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.jobs import Definition, ProcessRunner, enable, load

REPOSITORY = Path(__file__).parents[3]
Job = dict[str, Any]


@dataclass
class Worker:
    """An enabled analyzer or responder."""

    id: str
    definition: Definition
    configuration: dict[str, Any]
    job_cache: float | None = 10
    job_timeout: float | None = None
    rate: int | None = None
    runs: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name shown in TheHive."""
        return self.definition.id

    @property
    def data_types(self) -> list[str]:
        """What it takes."""
        return list(self.definition.spec["dataTypeList"])


class RateLimited(Exception):
    """The worker has run as often as its rate allows."""


class Unreachable(Exception):
    """Cortex does not answer."""


class Workers:
    """The workers of one organisation and their jobs.

    Args:
        environment: added to the environment of every process.
        folders: where definitions are looked for, each `<folder>/*/*.json`.

    Attributes:
        broken: workers (by name) whose jobs never end, as after an unreadable output or a restart of Cortex.
        down: whether Cortex can't be reached.
        stand_ins: workers (by name) that are not run as processes: what they answer to a request, the
            job's `status` and `report`. For tests of what goes on around many jobs.
        delay: seconds that every job waits before it begins.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        folders: tuple[Path, ...] = (REPOSITORY / "analyzers", REPOSITORY / "responders"),
    ) -> None:
        self.definitions: dict[str, Definition] = {}
        for folder in folders:
            for file in sorted(folder.glob("*/*.json")):
                definition = load(file)
                self.definitions[definition.id] = definition
        self.enabled: dict[str, Worker] = {}
        self.jobs: dict[str, Job] = {}
        self.started: list[tuple[str, str]] = []
        self.broken: set[str] = set()
        self.down = False
        self.stand_ins: dict[str, Callable[[dict[str, Any]], Job]] = {}
        self.delay = 0.0
        self._cache: dict[str, tuple[float, Job]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(4)
        self._folder = tempfile.TemporaryDirectory(prefix="cortex-jobs-")
        self._runner = ProcessRunner(Path(self._folder.name), environment)

    def enable(self, definition_id: str, **configuration: Any) -> Worker:
        """Enable a definition with its configuration; raises `jobs.Refused`."""
        definition = self.definitions[definition_id]
        worker_id = hashlib.md5(f"demo_{definition_id}_{definition.kind}".encode()).hexdigest()
        worker = Worker(worker_id, definition, enable(definition, configuration))
        self.enabled[worker_id] = worker
        return worker

    def of_kind(self, kind: str, data_type: str | None = None) -> list[Worker]:
        """The enabled workers of a kind (`analyzer`, `responder`), for a data type if one is named."""
        return [
            worker
            for worker in self.enabled.values()
            if worker.definition.kind == kind and (data_type is None or data_type in worker.data_types)
        ]

    def find(self, name: str) -> Worker | None:
        """A worker by id or name."""
        named = (worker for worker in self.enabled.values() if worker.name == name)
        return self.enabled.get(name) or next(named, None)

    def start(self, worker: Worker, request: Mapping[str, Any], force: bool = False) -> Job:
        """Begin a job, or answer with the cached one; raises RateLimited."""
        if self.down:
            raise Unreachable(worker.name)
        with self._lock:
            key = _cache_key(worker, request)
            if worker.definition.kind == "analyzer" and not force:
                made, cached = self._cache.get(key, (0.0, {}))
                fresh = time.time() - made < (worker.job_cache or 0) * 60
                if cached and fresh and cached["status"] not in {"Failure", "Deleted"}:
                    return {**cached, "fromCache": True}
            now = time.time()
            worker.runs = [moment for moment in worker.runs if moment > now - 86_400]
            if worker.rate is not None and len(worker.runs) >= worker.rate:
                raise RateLimited(worker.name)
            worker.runs.append(now)
            self.started.append((worker.name, str(request["data"])[:80]))
            job: Job = {
                "id": hashlib.sha256(f"{key}{time.monotonic_ns()}".encode()).hexdigest()[:20],
                "status": "Waiting",
                "workerId": worker.id,
                "workerName": worker.name,
                "workerDefinitionId": worker.definition.id,
                "report": "Waiting",
            }
            self.jobs[job["id"]] = job
            self._cache[key] = (time.time(), job)
        self._pool.submit(self._run, worker, dict(request), job)
        return job

    def close(self) -> None:
        """Wait for what runs and remove the job folders."""
        self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def _run(self, worker: Worker, request: dict[str, Any], job: Job) -> None:
        time.sleep(self.delay)
        job["status"] = "InProgress"
        if worker.name in self.broken:
            return
        if worker.name in self.stand_ins:
            job |= self.stand_ins[worker.name](request)
            return
        run = self._runner.run(worker.definition, worker.configuration, request, worker.job_timeout)
        done = {name: value for name, value in run.job.items() if name not in {"id", "status"}}
        job |= done
        job["status"] = run.job["status"]


def _cache_key(worker: Worker, request: Mapping[str, Any]) -> str:
    parts = [worker.id, request["dataType"], request.get("tlp"), request["data"], request.get("parameters")]
    return hashlib.md5(json.dumps(parts, sort_keys=True).encode()).hexdigest()
