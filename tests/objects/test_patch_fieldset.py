"""Promesas de los conjuntos de campos: son conjuntos, y se escriben como los del servidor."""

from hypothesis import given
from hypothesis import strategies as st

from lab_tools.objects.patch import fieldset
from lab_tools.objects.patch.fieldset import FieldSet, Path, difference, intersection, paths, union, without

steps = st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"'])
routes = st.frozensets(st.lists(steps, min_size=1, max_size=3).map(tuple), max_size=5)


def tree(found: frozenset[Path]) -> FieldSet:
    result: FieldSet = {}
    for path in found:
        one: FieldSet = {}
        for step in reversed(path):
            one = {step: one}
        result = union(result, one)
    return result


@given(routes, routes)
def test_the_operations_are_those_of_sets(one: frozenset[Path], other: frozenset[Path]) -> None:
    mine, theirs = tree(one), tree(other)
    assert set(paths(mine)) == one
    assert set(paths(union(mine, theirs))) == one | other
    assert set(paths(difference(mine, theirs))) == one - other
    assert set(paths(intersection(mine, theirs))) == one & other
    assert set(paths(without(mine, theirs))) == {
        path for path in one if not any(path[: len(prefix)] == prefix for prefix in other)
    }
    assert (mine, theirs) == (tree(one), tree(other))


def test_a_path_reads_like_the_server_s() -> None:
    path = ("f:spec", "f:containers", 'k:{"name":"web"}', "f:image")
    assert fieldset.text(path) == '.spec.containers[name="web"].image'
    assert fieldset.text(("f:ports", fieldset.key_step({"protocol": "TCP", "port": 80}))) == (
        '.ports[port=80,protocol="TCP"]'
    )
    assert fieldset.text(("f:finalizers", fieldset.value_step("a"))) == '.finalizers[="a"]'
