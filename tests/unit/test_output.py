"""output.json is whole, valid, the first answer, and without secrets."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from neuron.output import Output

JOB = {
    "data": "https://x.example/?k=s3cr3t-key",
    "config": {"key": "s3cr3t-key", "n": 1},
    "parameters": {"p": "s3cr3t-key"},
}
FAILURE = {"success": False, "errorMessage": "It said s3cr3t-key."}


def read(folder: Path) -> Any:
    return json.loads((folder / "output" / "output.json").read_bytes())


def test_a_failure_carries_the_input_without_the_secrets(tmp_path: Path) -> None:
    Output().write(FAILURE, JOB, str(tmp_path))
    answer = read(tmp_path)
    assert answer["success"] is False
    assert answer["input"]["config"] == {"key": "REMOVED", "n": 1}
    assert "s3cr3t-key" not in (tmp_path / "output" / "output.json").read_text()


@pytest.mark.parametrize("job", [[], None, "text", {"config": []}, {"config": None}, {}])
def test_a_failure_is_written_whatever_the_input_was(job: Any, tmp_path: Path) -> None:
    Output().write(FAILURE, job, str(tmp_path))
    assert read(tmp_path)["errorMessage"] == FAILURE["errorMessage"]


def test_a_key_too_short_to_be_looked_for_is_still_removed_from_the_input(tmp_path: Path) -> None:
    Output().write(FAILURE, {"config": {"key": "k1"}}, str(tmp_path))
    assert read(tmp_path)["input"]["config"] == {"key": "REMOVED"}


def test_an_answer_that_can_not_be_encoded_becomes_a_failure(tmp_path: Path) -> None:
    Output().write({"success": True, "full": {"odd": object()}}, {}, str(tmp_path))
    assert read(tmp_path) == {
        "success": False,
        "errorMessage": "The analyzer's answer could not be put together (TypeError): please report it.",
    }


def test_the_file_is_plain_ascii_json_for_any_locale(tmp_path: Path) -> None:
    Output().write({"success": True, "full": {"t": "ü\ud800", "n": float("nan")}}, {}, str(tmp_path))
    raw = (tmp_path / "output" / "output.json").read_bytes()
    assert raw.isascii()
    assert json.loads(raw)["full"] == {"t": "ü\ufffd", "n": None}


def test_the_first_answer_stays_and_nothing_else_lies_about(tmp_path: Path) -> None:
    output = Output()
    output.write({"success": True, "full": {}}, {}, str(tmp_path))
    output.write(FAILURE, {}, str(tmp_path))
    assert read(tmp_path)["success"] is True
    assert [file.name for file in (tmp_path / "output").iterdir()] == ["output.json"]


def test_answers_of_two_threads_at_once_leave_one_whole_answer(tmp_path: Path) -> None:
    output = Output()
    answers = [{"success": True, "full": {"text": letter * 200_000}} for letter in "ab"]
    threads = [threading.Thread(target=output.write, args=(a, {}, str(tmp_path))) for a in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(tmp_path) in answers


def test_without_a_job_directory_the_answer_goes_to_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output().write(FAILURE, JOB, None)
    assert json.loads(capsys.readouterr().out)["success"] is False


def test_a_folder_that_can_not_be_written_is_said_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "output").write_text("a file")
    Output().write_or_say(FAILURE, JOB, str(tmp_path))
    said = capsys.readouterr().err
    assert said.startswith("The job's output can not be written:")
    assert "s3cr3t-key" not in said
