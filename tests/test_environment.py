"""El entorno de conda y el de pip dicen lo mismo."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {"docker": "docker-py", "kubernetes": "python-kubernetes"}


def _split(requirement: str) -> tuple[str, str]:
    found = re.match(r"([A-Za-z0-9_.-]+)\s*([^;]*)", requirement)
    assert found, requirement
    return found[1].lower(), found[2].replace(" ", "").strip()


def _pip() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return dict(_split(one) for one in (*project["dependencies"], *extras["course"], *extras["grading"]))


def _conda() -> dict[str, str]:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    plain = dict(_split(one) for one in listed if isinstance(one, str))
    pip = next(one["pip"] for one in listed if isinstance(one, dict))
    return {**plain, **dict(_split(one) for one in pip if not one.startswith("-"))}


def test_conda_lists_what_pip_lists():
    conda = _conda()
    assert {CONDA_NAMES.get(name, name): version for name, version in _pip().items()} == {
        name: version for name, version in conda.items() if name not in ("python", "pip")
    }


def test_conda_asks_for_the_same_python():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert _conda()["python"] == project["requires-python"]


def test_every_requirement_is_locked():
    locked = {line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    assert {_split(one)[0].replace("_", "-") for one in asked} <= locked
