"""The frame of one run: whatever happens, a whole answer is written.

Without one, Cortex shows what was printed, perhaps a traceback with a key in it; a broken one leaves
the job in progress for ever (seen on Cortex 4.1.0).
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

from neuron import packages
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.output import Output


class Job:
    """A mixin before cortexutils' `Analyzer` or `Responder`, which read the job.

    kind: what the sentences call it.
    """

    kind = "analyzer"
    # As cortexutils' Worker has them.
    data_type: str
    _input: dict[str, Any]
    job_directory: str | None

    def __init__(self) -> None:
        self._output = Output()
        self._input = {}
        self.job_directory = None
        signal.signal(signal.SIGTERM, self._stopped)
        try:
            super().__init__()
        except Exception:
            # cortexutils reads it and raises whatever it meets; a job without an answer hangs in Cortex.
            self.error("The job's input is not what Cortex writes: it can not be read.")

    def seconds(self, configuration: Configuration) -> float:
        """How long the run may take; raises Failure."""
        raise NotImplementedError

    def work(self, configuration: Configuration, deadline: Deadline) -> dict[str, Any]:
        """Do the work; the answer's parts beside `success`, `full` among them. Raises Failure."""
        raise NotImplementedError

    def run(self) -> None:
        """Do the work and write what comes of it."""
        try:
            answer = self._work()
        except Failure as failure:
            self.error(str(failure))
        except ImportError as error:
            self.error(packages.told(error))
        except Exception as error:
            # Its text and traceback could hold anything, the key too.
            self.error(f"The {self.kind} met an error of its own ({_place(error)}): please report it.")
        else:
            self._answer({"success": True, **answer})

    def error(self, message: str, ensure_ascii: bool = True) -> NoReturn:
        """Answer with a failure and end."""
        self._answer({"success": False, "errorMessage": message})
        sys.exit(1)

    def _work(self) -> dict[str, Any]:
        configuration = Configuration(self.get_param("config", {}))
        deadline = Deadline(self.seconds(configuration))
        late = f"The service did not finish answering within {deadline.seconds:g} seconds: try again later."
        deadline.enforce(lambda: self._end(late))
        return self.work(configuration, deadline)

    def get_param(self, name: str, default: Any = None, message: str | None = None) -> Any:
        """A value of the job, as cortexutils finds it."""
        return super().get_param(name, default, message)  # type: ignore[misc]  # cortexutils' Worker has it

    def _answer(self, answer: dict[str, Any]) -> None:
        self._output.write_or_say(answer, self._input, self.job_directory)

    def _end(self, message: str) -> None:
        """Answer with a failure and end at once, from any thread and whatever the others do."""
        self._answer({"success": False, "errorMessage": message})
        sys.stdout.flush()
        os._exit(1)

    def _stopped(self, _signal: int, _frame: FrameType | None) -> None:
        self._end(f"Cortex stopped the {self.kind}: its job timeout was reached.")


def _place(error: BaseException) -> str:
    """`KeyError in snyk.py, line 42`."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    name = os.path.basename(trace.tb_frame.f_code.co_filename)  # noqa: PTH119  no Path for a name
    return f"{type(error).__name__} in {name}, line {trace.tb_lineno}"
