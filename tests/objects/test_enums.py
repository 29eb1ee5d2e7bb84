"""Los campos cerrados: lo que la validación admite y lo que `kubectl explain` cuenta son la misma lista."""

from __future__ import annotations

import importlib.util
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pytest

import lab_tools.objects as room
from lab_tools.objects import openapi
from lab_tools.objects.enums import ENUMS, LISTED

DECLARATIONS = """export interface IJobSpec {
    /**
     * How completions are counted.
     *
     * Possible enum values:
     *  - `"Indexed"` one index each, see `[0-9]\\*`.
     *  - `"NonIndexed"` any of them.
     */
    "completionMode"?: "Indexed" | "NonIndexed";
    /**
     * How many.
     */
    "completions"?: number;
}
"""


def field(group: str, version: str, name: str) -> dict[str, Any]:
    kind, _, last = name.rpartition(".")
    found: dict[str, Any] = openapi.document(group, version)["components"]["schemas"][f"io.k8s.api.{kind}"]
    properties: dict[str, Any] = found["properties"]
    described: dict[str, Any] = properties[last]
    return described


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_what_is_explained_is_what_is_accepted(name: str) -> None:
    group = name.partition(".")[0]
    served = {one.partition(".")[0]: (one, version) for one, version in openapi.versions() if version == "v1"}
    closed = field(*served["" if group == "core" else group], name)
    assert sorted(ENUMS[name]) == closed["enum"]


@pytest.mark.parametrize("name", sorted(LISTED))
def test_what_a_closed_list_admits_is_announced_of_its_items(name: str) -> None:
    group = name.partition(".")[0]
    served = {one.partition(".")[0]: (one, version) for one, version in openapi.versions() if version == "v1"}
    described = field(*served["" if group == "core" else group], name)
    inner = described.get("items") or described["additionalProperties"]
    assert inner == {"type": "string", "enum": list(LISTED[name])}


def test_each_value_is_explained_after_what_the_field_is() -> None:
    strategy = field("apps", "v1", "apps.v1.DeploymentStrategy.type")["description"]
    about, _, values = strategy.partition("\n\nPossible enum values:\n")
    assert about.endswith("Default is RollingUpdate.")
    first, second = values.splitlines()
    assert first.startswith(' - `"Recreate"` Kill all existing pods')
    assert second.startswith(' - `"RollingUpdate"` Replace the old ReplicaSets')


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    path = Path(room.__file__).parent / "data" / "make_enums.py"
    spec = importlib.util.spec_from_file_location("make_enums", path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_generator_keeps_only_the_values_of_closed_fields_of_stable_versions(generator: ModuleType) -> None:
    paths = ("batch/v1/JobSpec.d.ts", "batch/v1beta1/JobSpec.d.ts", "storage.k8s.io/v1/Job.d.ts", "v1/Job.d.ts")
    files = [(PurePosixPath(path), DECLARATIONS) for path in paths]
    text = '\n\nPossible enum values:\n - `"Indexed"` one index each, see `[0-9]*`.\n - `"NonIndexed"` any of them.'
    assert generator.collected(files) == {
        name: {"completionMode": text} for name in ("batch.v1.JobSpec", "storage.v1.Job", "core.v1.Job")
    }


def test_the_generator_makes_the_same_bytes_twice(generator: ModuleType) -> None:
    found = generator.collected([(PurePosixPath("batch/v1/JobSpec.d.ts"), DECLARATIONS)])
    assert generator.pack(found) == generator.pack(dict(found))


def test_another_package_is_not_taken_for_the_pinned_one(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "otro.tgz"
    package.write_bytes(b"otro")
    monkeypatch.setattr("sys.argv", ["make_enums.py", str(package)])
    with pytest.raises(SystemExit, match="npm pack kubernetes-models"):
        generator.main()
