"""El almacén: un registro, un contador."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.embedded.store import Change, Compacted, Store


def test_every_write_spends_one_revision():
    store = Store()
    assert store.put(("pods", "a", "x"), {"v": 1}).revision == 1
    assert store.put(("pods", "a", "x"), {"v": 2}).revision == 2
    assert store.delete(("pods", "a", "x"), {"v": 2}).revision == 3
    assert [change.type for change in store.since(0)] == ["ADDED", "MODIFIED", "DELETED"]


def test_a_list_is_ordered_by_namespace_and_name():
    store = Store()
    for key in (("pods", "b", "a"), ("pods", "a", "z"), ("pods", "a", "b"), ("nodes", "", "n")):
        store.put(key, {"key": key})
    assert [value["key"][1:] for value in store.list("pods")] == [("a", "b"), ("a", "z"), ("b", "a")]
    assert [value["key"][2] for value in store.list("pods", "a")] == ["b", "z"]


def test_history_that_was_compacted_says_so():
    store = Store(history=2)
    for number in range(5):
        store.put(("pods", "a", str(number)), {})
    assert [change.revision for change in store.since(3)] == [4, 5]
    with pytest.raises(Compacted) as raised:
        store.since(2)
    assert raised.value.oldest == 3


def test_listeners_hear_of_a_change_that_already_happened():
    store, seen = Store(), []
    store.subscribe(lambda change: seen.append((change.type, store.get(change.key))))
    store.put(("pods", "a", "x"), {"v": 1})
    assert seen == [("ADDED", {"v": 1})]


class FullDisk:
    def append(self, record: dict[str, Any]) -> None:
        raise OSError(28, "No space left on device")


def test_what_cannot_be_written_down_does_not_happen():
    store = Store(FullDisk())
    with pytest.raises(OSError, match="No space left"):
        store.put(("pods", "a", "x"), {"v": 1})
    assert store.revision == 0
    assert store.get(("pods", "a", "x")) is None
    assert store.since(0) == []


def test_a_dump_loaded_elsewhere_is_the_same_state():
    store = Store()
    store.put(("pods", "a", "x"), {"v": 1})
    store.put(("nodes", "", "n"), {"v": 2})
    other = Store()
    other.load(store.revision, store.dump())
    assert other.dump() == store.dump()
    assert other.revision == 2


@given(st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.sampled_from("abc"), st.integers()), max_size=30))
def test_replaying_the_log_gives_the_list(steps: list[tuple[str, str, int]]):
    store, replayed = Store(), {}

    def replay(change: Change) -> None:
        if change.type == "DELETED":
            del replayed[change.key]
        else:
            replayed[change.key] = change.value

    store.subscribe(replay)
    for verb, name, number in steps:
        key = ("pods", "ns", name)
        if verb == "put":
            store.put(key, {"n": number})
        elif store.get(key) is not None:
            store.delete(key, store.get(key) or {})
    assert [replayed[key] for key in sorted(replayed)] == store.list("pods")
