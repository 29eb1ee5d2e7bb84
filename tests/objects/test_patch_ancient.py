"""Un objeto no recuerda a más de diez gestores: los más viejos se juntan."""

from __future__ import annotations

from typing import Any

from lab_tools.objects.patch.ancient import MOST, NAME, capped


def entry(number: int, operation: str = "Update", version: str = "v1", **more: Any) -> dict[str, Any]:
    return {"manager": f"m{number:02}", "operation": operation, "apiVersion": version,
            "time": f"2026-01-01T00:00:{number:02}Z", "fieldsType": "FieldsV1",
            "fieldsV1": {f"f:{number}": {}}, **more}  # fmt: skip


def test_ten_are_remembered_as_they_are() -> None:
    found = [entry(number) for number in range(MOST)]
    assert capped(found) == found


def test_the_two_oldest_of_eleven_become_one() -> None:
    found = capped([entry(number) for number in range(MOST + 1)])
    assert len(found) == MOST
    ancient = next(one for one in found if one["manager"] == NAME)
    assert ancient["fieldsV1"] == {"f:0": {}, "f:1": {}}
    assert ancient["time"] == "2026-01-01T00:00:01Z"


def test_the_next_one_joins_the_ancient() -> None:
    found = capped([*capped([entry(number) for number in range(MOST + 1)]), entry(20)])
    ancient = [one for one in found if one["manager"] == NAME]
    assert [one["fieldsV1"] for one in ancient] == [{"f:0": {}, "f:1": {}, "f:2": {}}]


def test_who_applies_does_not_count_nor_is_joined() -> None:
    found = [entry(0, "Apply"), *(entry(number) for number in range(1, MOST + 1))]
    assert capped(found) == found


def test_each_version_has_its_own_ancient() -> None:
    found = capped([entry(number, version=f"v{number % 2}") for number in range(MOST + 2)])
    assert sorted(one["apiVersion"] for one in found if one["manager"] == NAME) == ["v0", "v1"]
    assert len(found) == MOST
