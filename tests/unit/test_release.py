"""What a release needs: one address, one version, workflows that pin what they use."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from release import address, version

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RELEASE = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())["jobs"]


def test_the_projects_address_is_the_same_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert address.main(["--check"]) == 0, capsys.readouterr().err
    named = {str(file.relative_to(ROOT)) for file in address.files()}
    for folder in ("analyzers", "responders"):
        for file in ROOT.glob(f"{folder}/*/*.json"):
            assert str(file.relative_to(ROOT)) in named
            assert json.loads(file.read_text())["url"] == address.current()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout of git")
def test_no_address_is_invented() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.splitlines():
        if not name.startswith("tests/") and (ROOT / name).suffix in {
            ".md",
            ".json",
            ".toml",
            ".yml",
            ".service",
        }:
            text = (ROOT / name).read_text(encoding="utf-8")
            assert "github.com/codedefender2th" not in text, name


@pytest.mark.parametrize(
    ("before", "text", "becomes"),
    [
        (
            r'^  "url": "',
            '  "url": "https://a.example/x",\n  "service": 1',
            '  "url": "https://new.example/p",\n  "service": 1',
        ),
        (r"^\$ git clone ", "$ git clone https://a.example x\n", "$ git clone https://new.example/p x\n"),
        (
            r'^  "url": "',
            '  "service_homepage": "https://osv.dev/"',
            '  "service_homepage": "https://osv.dev/"',
        ),
    ],
)
def test_an_address_is_put_where_it_is_named_only(before: str, text: str, becomes: str) -> None:
    assert address.rewrite(text, before, "https://new.example/p") == becomes


def test_pictures_have_whole_addresses_once_there_is_one() -> None:
    near = "![It shows](tests/demo/page.png) and [a page](docker/README.md)"
    far = address.with_pictures(near, "https://new.example/p")
    assert (
        far
        == "![It shows](https://new.example/p/raw/main/tests/demo/page.png) and [a page](docker/README.md)"
    )
    assert address.with_pictures(far, address.PLACEHOLDER) == near


def test_a_release_without_an_address_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    if address.current() == address.PLACEHOLDER:
        assert address.main(["--check", "--published"]) == 1
        assert "make address URL=" in capsys.readouterr().err
    assert address.main(["--check", "ftp://x"]) == 1


@pytest.mark.parametrize(
    ("file", "image"),
    [
        ("docker-compose.yml", "neurons"),
        ("docker-compose.yml", "cortex"),
        ("examples/kubernetes/codedefender2th.yaml", "feeder"),
        ("examples/two-channels/docker-compose.yml", "feeder"),
    ],
)
def test_a_version_that_was_left_behind_is_found(
    file: str, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in version.named():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    text = (tmp_path / file).read_text()
    changed = re.sub(rf"({image}:\S*)\d+\.\d+\.\d+$", r"\g<1>0.9.9", text, count=1, flags=re.M)
    assert changed != text
    (tmp_path / file).write_text(changed)
    monkeypatch.setattr(version, "ROOT", tmp_path)
    version.main("v" + version.named()["pyproject.toml"])
    assert f"{file} has" in capsys.readouterr().err


def test_every_file_names_the_same_version(capsys: pytest.CaptureFixture[str]) -> None:
    told = version.named()
    told.pop("CHANGELOG.md")  # has its date with the release
    assert len(set(told.values())) == 1
    assert version.main("v0.0.1") == 1
    assert "pyproject.toml has" in capsys.readouterr().err


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_use_pinned_actions_and_no_more_rights_than_needed(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for used in re.findall(r"uses: (.+)", file.read_text()):
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", used), used
    for job in workflow["jobs"].values():
        assert job["runs-on"] == "ubuntu-24.04"
        for step in job["steps"]:
            # What others can write never stands in a script itself.
            assert not re.search(r"\$\{\{ *github\.(event|head_ref|ref_name)", step.get("run", ""))


def test_every_target_of_a_workflow_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for file in WORKFLOWS:
        for target in re.findall(r"make PYTHON=python ([a-z-]+)", file.read_text()):
            assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_pythons_of_the_package_are_those_that_are_tested() -> None:
    tested = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["test"]["strategy"][
        "matrix"
    ]
    text = (ROOT / "pyproject.toml").read_text()
    assert re.findall(r"Python :: (3\.\d+)", text) == tested["python"]


def test_updates_are_looked_for_wherever_something_is_pinned() -> None:
    asked = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    folders = {
        kind: {
            folder
            for each in asked
            if each["package-ecosystem"] == kind
            for folder in each.get("directories", [each.get("directory")])
        }
        for kind in ("docker", "pip", "npm")
    }
    dockerfiles = [*ROOT.glob("docker/*/Dockerfile"), *ROOT.glob("*/CodeDefender/Dockerfile")]
    assert folders["docker"] == {f"/{file.parent.relative_to(ROOT)}" for file in dockerfiles}
    assert folders["pip"] == {
        "/",
        *(f"/{file.parent.relative_to(ROOT)}" for file in ROOT.glob("*/*/requirements.txt")),
    }
    assert folders["npm"] == {"/tests/rendering"}


def test_a_releases_catalogs_name_its_images(tmp_path: Path) -> None:
    catalog = [sys.executable, str(ROOT / "docker" / "catalog.py"), str(tmp_path)]
    subprocess.run([*catalog, "registry.example/codedefender2th", "1.2.3"], check=True, capture_output=True)
    images = {
        entry["dockerImage"] for file in tmp_path.glob("*.json") for entry in json.loads(file.read_text())
    }
    built = RELEASE["images"]["strategy"]["matrix"]["include"]
    assert images <= {f"registry.example/codedefender2th/{image['image']}:1.2.3" for image in built}
    assert len(images) == 3


def test_each_image_of_a_release_runs_the_command_of_its_definition() -> None:
    commands = {
        image["image"]: re.findall(r"COMMAND=(\w+)", image.get("arguments", ""))
        for image in RELEASE["images"]["strategy"]["matrix"]["include"]
    }
    default = re.findall(
        r"^ARG COMMAND=(\w+)$", (ROOT / "responders/CodeDefender/Dockerfile").read_text(), re.M
    )
    for file in ROOT.glob("responders/*/*.json"):
        definition = json.loads(file.read_text())
        name = definition["dockerImage"].rpartition("/")[2].partition(":")[0]
        assert [Path(definition["command"]).stem] == (commands[name] or default), name


def test_the_page_on_images_builds_each_that_a_definition_names() -> None:
    for page in ("docker/README.md", "responders/CodeDefender/README.md"):
        text = (ROOT / page).read_text()
        for file in ROOT.glob("responders/*/*.json"):
            image = json.loads(file.read_text())["dockerImage"].rpartition("/")[2]
            assert re.search(
                rf"/{re.escape(image)} (--build-arg COMMAND=\w+ )?responders/CodeDefender", text
            ), page


def test_the_sums_of_a_release_are_those_of_its_files(tmp_path: Path) -> None:
    [step] = [step for step in RELEASE["files"]["steps"] if "sha256sum" in step.get("run", "")]
    made = (
        "constraints.txt",
        "dist/a.whl",
        "dist/b.tar.gz",
        "out/codedefender-report-templates.zip",
        "out/catalog/analyzers.json",
        "out/catalog/responders.json",
    )
    for _ in range(20):  # what two processes do at once comes out otherwise now and then
        for name in made:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(name)
        subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, check=True)
        page = tmp_path / "page"
        page.mkdir()
        for file in (*(tmp_path / "dist").iterdir(), *(tmp_path / "files").iterdir()):
            file.rename(page / file.name)
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=page, check=True)
        assert len((page / "SHA256SUMS").read_text().splitlines()) == len(made)
        shutil.rmtree(page)
        shutil.rmtree(tmp_path / "files")


def test_a_release_has_no_files_but_its_own() -> None:
    """The action that builds images leaves a record of each build among the workflow's files, else."""
    [build] = [step for step in RELEASE["images"]["steps"] if "build-push-action" in step.get("uses", "")]
    assert build["env"]["DOCKER_BUILD_RECORD_UPLOAD"] is False
