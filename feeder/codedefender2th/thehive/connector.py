"""Cortex as TheHive shows it: analyzers and responders, jobs and actions.

Source: TheHive 5.7's OpenAPI description (tag Cortex). 4.1 has the same under /api/connector/cortex
(its source, CortexRouter), except that responders are listed for one entity only. Observables and jobs of
many alerts come with one query: `listAlert`, a filter by `_id`, `observables`, `jobs` are known to both (4.1:
recorded, and its source). An observable names its alert or case in the extra data `links`; a job names its
observable nowhere, so that whoever starts one remembers it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from thehive4py.query.filters import In

from codedefender2th.errors import FeederError, KeyRefused, MissingWorkers, Refusal, Unavailable
from codedefender2th.thehive import runs
from codedefender2th.thehive.client import TheHive
from codedefender2th.thehive.refusals import AlreadyExists, NoSuchPath, Rejected
from codedefender2th.thehive.runs import Action, Job, Worker

T = TypeVar("T")
Entity = dict[str, Any]

# Alerts or cases asked for at once: with each observable comes its whole alert.
_PARENTS_A_QUERY = 25
_MOST_OBSERVABLES, _MOST_JOBS = 1000, 1000


class Trouble(FeederError):
    """TheHive does not do this for this alert, case or observable; for others it may."""


class Cortex:
    """The Cortex connector of a TheHive.

    Every method raises Refusal and Unavailable as TheHive does, and MissingWorkers where TheHive has no
    connector.
    """

    def __init__(self, thehive: TheHive) -> None:
        self._thehive = thehive

    @property
    def root(self) -> str:
        """The path below which the connector's endpoints are."""
        return "/api/connector/cortex" if self._thehive.is_4 else "/api/v1/connector/cortex"

    def analyzers(self) -> list[Worker]:
        """The analyzers that are enabled."""
        return self._workers(f"{self.root}/analyzer?range=all")

    def responders(self, kind: str, entity_id: str | None) -> list[Worker]:
        """The responders for a kind of entity (`alert`, `case`); 4.1 wants one of them named.

        Raises:
            Trouble: there is no such entity any more.
        """
        if self._thehive.is_4:
            return self._of_one(
                lambda: self._workers(f"{self.root}/responder/{kind}/{quote(entity_id or '')}")
            )
        return self._workers(f"{self.root}/responders/{kind}")

    def observables(self, kind: str, parents: Collection[str], tags: list[str]) -> dict[str, list[Entity]]:
        """The observables of many alerts or cases, by the id of theirs.

        Each has a PAP: where TheHive gives it none (4.1), that of its alert or case.

        Args:
            kind: `alert` or `case`.
            parents: ids of alerts or cases; of those that are gone nothing is found.
            tags: an observable has one of these.
        """
        found: dict[str, list[Entity]] = {parent: [] for parent in parents}
        for batch in _batches(parents):
            page = {"_name": "page", "from": 0, "to": _MOST_OBSERVABLES, "extraData": ["links"]}
            entities = self._thehive.query(*_of(kind, batch), *_tagged(tags), page)
            owners = [_owner(each, kind) for each in entities]
            if len(entities) < _MOST_OBSERVABLES and all(owner in found for owner in owners):
                for owner, entity in zip(owners, entities, strict=True):
                    found[str(owner)].append(_owned(entity, kind))
            else:
                found |= {parent: self._observables_of(kind, parent, tags) for parent in batch}
        return found

    def _observables_of(self, kind: str, parent: str, tags: list[str]) -> list[Entity]:
        page = {"_name": "page", "from": 0, "to": _MOST_OBSERVABLES, "extraData": ["links"]}
        return [
            _owned(each, kind) for each in self._thehive.query(*_of(kind, [parent]), *_tagged(tags), page)
        ]

    def jobs(
        self, kind: str, parents: Mapping[str, Collection[str]], tags: list[str], known: Mapping[str, str]
    ) -> dict[str, list[Job]]:
        """The jobs of many alerts' or cases' observables, by the id of the observable.

        Args:
            kind: `alert` or `case`.
            parents: ids of alerts or cases, each with the ids of its observables.
            tags: an observable has one of these.
            known: the observable of each job that is known. Where there is another job, each observable
                of its batch is asked for its own.
        """
        found: dict[str, list[Job]] = {name: [] for names in parents.values() for name in names}
        for batch in _batches(parents):
            page = {"_name": "page", "from": 0, "to": _MOST_JOBS}
            chain = (*_of(kind, batch), *_tagged(tags), {"_name": "jobs"}, _NEWEST_FIRST, page)
            jobs = [runs.job(entry) for entry in self._thehive.query(*chain)]
            if len(jobs) < _MOST_JOBS and all(known.get(job.id) in found for job in jobs):
                for job in jobs:
                    found[known[job.id]].append(job)
            else:
                names = [name for parent in batch for name in parents[parent]]
                found |= {name: self.jobs_of(name) for name in names}
        return found

    def jobs_of(self, observable_id: str) -> list[Job]:
        """The jobs of an observable, newest first."""
        found = self._thehive.query(
            {"_name": "getObservable", "idOrName": observable_id},
            {"_name": "jobs"},
            _NEWEST_FIRST,
            {"_name": "page", "from": 0, "to": _MOST_JOBS},
        )
        return [runs.job(entry) for entry in found]

    def start_job(self, observable_id: str, analyzer: Worker, known: int, attempt: int = 0) -> str | None:
        """Run an analyzer on an observable, once, whatever happens to the answer.

        Args:
            observable_id: the observable.
            analyzer: what to run.
            known: how many of its jobs the observable has.
            attempt: other than 0 it is not to be answered from Cortex's cache: Cortex has a cache entry
                for each set of parameters.

        Returns:
            The job's id, where the answer came through.

        Raises:
            Trouble: TheHive does not do so for this observable.
        """
        body: Entity = {
            "analyzerId": analyzer.id,
            "cortexId": analyzer.cortex or "",
            "artifactId": observable_id,
        }
        if attempt:
            body["parameters"] = {"attempt": attempt}

        def jobs() -> int:
            return sum(job.analyzer == analyzer.name for job in self.jobs_of(observable_id))

        answer = self._once(lambda: self._thehive.request("POST", f"{self.root}/job", body), jobs, known)
        name = (answer.get("_id") or answer.get("id")) if isinstance(answer, dict) else None
        return name if isinstance(name, str) else None

    def actions_on(self, kind: str, entity_id: str, responder: Worker) -> list[Action]:
        """The runs of a responder on an entity; raises Trouble where it is gone."""
        path = f"{self.root}/action/{kind}/{quote(entity_id)}"
        found = self._of_one(lambda: self._thehive.ask(lambda: _list(self._thehive.request("GET", path))))
        actions = [runs.action(entry) for entry in found if isinstance(entry, dict)]
        return [action for action in actions if action.responder == responder.name]

    def start_action(self, kind: str, entity_id: str, responder: Worker, known: int) -> None:
        """Run a responder on an entity, once, whatever happens to the answer.

        Args:
            kind: `alert` or `case`.
            entity_id: which one.
            responder: what to run.
            known: how many of its actions the entity has.

        Raises:
            Trouble: TheHive does not do so for this entity.
        """
        body = {"responderId": responder.id, "objectType": kind, "objectId": entity_id}
        if responder.cortex:
            body["cortexId"] = responder.cortex

        def actions() -> int:
            return len(self.actions_on(kind, entity_id, responder))

        self._once(lambda: self._thehive.request("POST", f"{self.root}/action", body), actions, known)

    def _once(self, post: Callable[[], Any], count: Callable[[], int], known: int) -> Any:
        """Post; where an answer was lost, look whether it was acted on before posting again."""
        lost = False

        def attempt() -> Any:
            nonlocal lost
            if lost and count() > known:
                return None
            try:
                answer = post()
                if not isinstance(answer, dict):
                    # A page of something on the way: nobody knows what TheHive did.
                    raise Unavailable("TheHive's answer is not of its form.")
                return answer
            except Unavailable as fault:
                lost = lost or fault.acted
                raise

        return self._of_one(lambda: self._thehive.ask(attempt))

    def _of_one(self, call: Callable[[], T]) -> T:
        """What is asked about one entity: what is refused is its trouble alone."""
        try:
            return call()
        except NoSuchPath:
            raise self._no_connector() from None
        except KeyRefused:
            raise
        except (Rejected, AlreadyExists) as refusal:
            raise Trouble(f"TheHive refuses: {refusal}") from None
        except Refusal as refusal:
            # Not permitted for this one, or by something on the way; reading tells where it is the key.
            raise Trouble(str(refusal)) from None

    def _workers(self, path: str) -> list[Worker]:
        try:
            return self._thehive.ask(lambda: runs.workers(_list(self._thehive.request("GET", path))))
        except NoSuchPath:
            raise self._no_connector() from None

    def _no_connector(self) -> MissingWorkers:
        if self._thehive.is_4:
            return MissingWorkers(
                "This TheHive has no Cortex connector: in its application.conf add play.modules.enabled += "
                "org.thp.thehive.connector.cortex.CortexModule and Cortex's address to cortex.servers, and "
                "restart it."
            )
        return MissingWorkers(
            "This TheHive has no Cortex connector: enable it and add the Cortex server to it."
        )


_NEWEST_FIRST: Entity = {"_name": "sort", "_fields": [{"startDate": "desc"}]}


def _of(kind: str, names: list[str]) -> tuple[Entity, ...]:
    """The query of alerts or cases by their ids."""
    ids = [{"_id": name} for name in names]
    return {"_name": f"list{kind.capitalize()}"}, {"_name": "filter", **({"_or": ids} if ids[1:] else ids[0])}


def _tagged(tags: list[str]) -> tuple[Entity, ...]:
    return {"_name": "observables"}, {"_name": "filter", **In("tags", tags)}


def _owner(observable: Mapping[str, Any], kind: str) -> str | None:
    """The id of the alert or case that an observable says it belongs to."""
    name = _link(observable, kind).get("_id")
    return name if isinstance(name, str) else None


def _owned(observable: Entity, kind: str) -> Entity:
    """An observable with a PAP, if only that of its alert or case."""
    pap = _link(observable, kind).get("pap")
    return observable if "pap" in observable or pap is None else {**observable, "pap": pap}


def _link(observable: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The alert or case that an observable belongs to, as far as it says so."""
    extra = observable.get("extraData")
    links = extra.get("links") if isinstance(extra, dict) else None
    owner = links.get(kind) if isinstance(links, dict) else None
    return owner if isinstance(owner, dict) else {}


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    listed = list(names)
    for start in range(0, len(listed), _PARENTS_A_QUERY):
        yield listed[start : start + _PARENTS_A_QUERY]


def _list(answer: Any) -> list[Any]:
    if not isinstance(answer, list):
        raise Unavailable("TheHive's answer is not of its form.")
    return answer
