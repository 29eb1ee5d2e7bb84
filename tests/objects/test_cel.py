"""Una expresión de CEL vale lo que en el servidor real, y la que no vale dice por qué y dónde."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.objects.cel import DYN, CelError, CompileError, compile
from lab_tools.objects.cel.types import INT, STRING, list_of, object_of


def value(source: str, **variables: Any) -> Any:
    return compile(source, dict.fromkeys(variables, DYN))(**variables)


@pytest.mark.parametrize("source", [
    "1 + 2 * 3 == 7", "-5 % 3 == -2", "7 / -2 == -3", "5u - 2u == 3u", "1.5 + 1.5 == 3.0", "'a' + 'b' == 'ab'",
    "[1] + [2] == [1, 2]", "dyn(1) == 1.0", "dyn(1) != true", "1 < 2 && 'a' < 'b'", "2 in [1, 2]", "'a' in {'a': 1}",
    "true ? true : false", "!false", "0x10 == 16", "1e3 == 1000.0", "b'abc'.size() == 3", "'añb'.size() == 3",
    r"r'\d' == '\\d'", "'''a'b''' == \"a'b\"", "// un comentario\n true", "null == null", "type(1) == int",
    "has({'a': 1}.a)", "!has({'a': 1}.b)", "{'a': {'b': 1}}.a.b == 1", "{'a': 1}['a'] == 1",
])  # fmt: skip
def test_the_language_computes(source: str) -> None:
    assert value(source) is True


@pytest.mark.parametrize("source", [
    "[1, 2].all(x, x > 0)", "[1, 2].exists(x, x == 2)", "[1, 2].exists_one(x, x > 1)", "[1, 2].map(x, x * 2) == [2, 4]",
    "[1, 2].map(x, x > 1, x * 2) == [4]", "[1, 2].filter(x, x > 1) == [2]", "{'a': 1}.all(k, k == 'a')",
    "[5].all(i, v, i == 0 && v == 5)", "[1, 2].transformList(i, v, i + v) == [1, 3]", "cel.bind(x, 3, x * x) == 9",
    "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}", "[{'n': 2}, {'n': 1}].sortBy(e, e.n)[0].n == 1",
])  # fmt: skip
def test_macros_name_each_element(source: str) -> None:
    assert value(source) is True


@pytest.mark.parametrize("source", [
    "1 / 0 == 1 || true", "true || 1 / 0 == 1", "!(1 / 0 == 1 && false)", "[0, 1].exists(x, 1 / x == 1)",
    "![0, 1].all(x, 1 / x == 5)",
])  # fmt: skip
def test_an_error_is_forgiven_where_the_other_side_decides(source: str) -> None:
    assert value(source) is True


@pytest.mark.parametrize("source", [
    "'a,b'.split(',') == ['a', 'b']", "['a', 'b'].join('-') == 'a-b'", "'abc'.substring(1, 2) == 'b'",
    "'x%d %s'.format([3, [true]]) == 'x3 [true]'", "' a '.trim() == 'a'", "'aXb'.lowerAscii() == 'axb'",
    "'abcb'.lastIndexOf('b') == 3", "'a-b'.replace('-', '') == 'ab'", "'abc'.matches('^a.c$')",
    "'a1b22'.findAll('[0-9]+') == ['1', '22']", "'a1'.find('[0-9]') == '1'", "'abc'.charAt(1) == 'b'",
    "format.dns1123Label().validate('No_').hasValue()",
    "!format.named('dns1123Label').value().validate('si').hasValue()",
    "[1, 2].isSorted() && [1, 2].sum() == 3 && [3, 1].min() == 1", "[1, 1].distinct() == [1]",
    "sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects([1], [2])",
    "quantity('1Gi').compareTo(quantity('1024Mi')) == 0", "quantity('1').isGreaterThan(quantity('500m'))",
    "quantity('50M').add(quantity('20M')) == quantity('70M')", "isQuantity('1.5Gi') && !isQuantity('uno')",
    "ip('10.0.0.1').family() == 4 && !isIP('10.0.0')", "cidr('10.0.0.0/8').containsIP('10.2.3.4')",
    "!cidr('10.0.0.0/8').containsCIDR('11.0.0.0/16')", "string(cidr('10.1.2.3/8').masked()) == '10.0.0.0/8'",
    "url('https://a.b:80/c?d=e').getHost() == 'a.b:80'", "url('https://a.b/c?d=e').getQuery() == {'d': ['e']}",
    "isURL('/ruta') && !isURL('ni idea')", "duration('90s').getMinutes() == 1", "duration('1h') > duration('59m')",
    "timestamp('2026-01-01T00:00:00Z') + duration('1h') == timestamp('2026-01-01T01:00:00Z')",
    "timestamp('2026-02-01T00:00:00Z').getMonth() == 1", "jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'",
    "{'a': {'b': 1}}.?a.?b.orValue(2) == 1", "{'a': 1}.?z.orValue(2) == 2", "[1, ?optional.none()] == [1]",
    "optional.of(1).optMap(x, x + 1).value() == 2", "{'a': 1}[?'b'].hasValue() == false",
    "base64.encode(b'a') == 'YQ=='",
    "semver('1.2.0').isGreaterThan(semver('1.2.0-rc.9')) && semver('1.0.0-2').isLessThan(semver('1.0.0-10'))",
    "semver('v1.02', true) == semver('1.2.0+abc') && semver('3.1.4').major() == 3 && semver('3.1.4').patch() == 4",
    "isSemver('1.2.3') && !isSemver('1.2') && isSemver('1.2', true) && !isSemver('uno', true)",
    "semver('1.0.0').compareTo(semver('1.0.0-a.b')) == 1 && type(semver('1.0.0')) == type(semver('2.0.0'))",
])  # fmt: skip
def test_the_functions_of_kubernetes_are_there(source: str) -> None:
    assert value(source) is True


@pytest.mark.parametrize(("source", "why"), [
    ("1 / dyn(0)", "division by zero"), ("9223372036854775807 + 1", "integer overflow"),
    ("[1][3]", "index out of bounds: 3"),
    ("a.b", "no such key: b"), ("dyn('a') < 1", "no such overload"), ("quantity('uno')", "quantities must match"),
    ("semver('1.2')", 'invalid semver: "1.2"'), ("semver('1.2.3').compareTo(1)", "no such overload"),
    ("int('x')", 'strconv.ParseInt: parsing "x": invalid syntax'), ("optional.none().value()", "optional.none"),
])  # fmt: skip
def test_what_cannot_be_computed_says_why(source: str, why: str) -> None:
    with pytest.raises(CelError, match=why):
        value(source, a={})


@pytest.mark.parametrize(("source", "said"), [
    ("nadie == 1", "ERROR: <input>:1:1: undeclared reference to 'nadie' (in container '')\n | nadie == 1\n | ^"),
    ("self.color", "ERROR: <input>:1:5: undefined field 'color'\n | self.color\n | ....^"),
    ("self.doors == 'a'", "ERROR: <input>:1:12: found no matching overload for '_==_' applied to '(int, string)'\n"
                          " | self.doors == 'a'\n | ...........^"),
    ("'a'.ladra()", "ERROR: <input>:1:10: undeclared reference to 'ladra' (in container '')\n"
                    " | 'a'.ladra()\n | .........^"),
    ("self.names.all(n, n.size)", "ERROR: <input>:1:20: type 'string' does not support field selection\n"
                                  " | self.names.all(n, n.size)\n | ...................^"),
])  # fmt: skip
def test_a_mistake_is_pointed_at_before_computing(source: str, said: str) -> None:
    declared = {"self": object_of({"doors": INT, "names": list_of(STRING)})}
    with pytest.raises(CompileError) as caught:
        compile(source, declared)
    assert str(caught.value) == said


@pytest.mark.parametrize("source", ["1 +", "(1", "[1, 2", "'sin cerrar", "a..b", "has(1)", "1 2", "for", "@", ""])
def test_what_is_not_an_expression_is_refused(source: str) -> None:
    with pytest.raises(CompileError):
        value(source, a=1)


def test_a_field_whose_name_is_not_a_word_is_written_escaped() -> None:
    self = {"a-b": 1, "c.d": 2, "e/f": 3, "g__h": 4, "namespace": 5}
    assert value("self.a__dash__b + self.c__dot__d + self.e__slash__f == 6", self=self)
    assert value("self.g__underscores__h + self.__namespace__ == 9", self=self)


def test_depth_has_a_limit_and_not_a_fall() -> None:
    with pytest.raises(CompileError, match="recursion limit"):
        value("(" * 400 + "1" + ")" * 400)
    with pytest.raises(CompileError, match="recursion limit"):
        value("!" * 400 + "true")


def test_an_object_described_by_parts_is_a_map() -> None:
    made = value("Object{spec: Object.spec{replicas: n, ?x: optional.none()}}", n=3)
    assert made == {"spec": {"replicas": 3}}


@pytest.mark.parametrize("source", [
    "lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0))", "lists.range(1000000000).size() > 0",
])  # fmt: skip
def test_what_costs_too_much_is_cancelled(source: str) -> None:
    with pytest.raises(CelError, match="operation cancelled: actual cost limit exceeded"):
        value(source)


def test_a_text_does_not_grow_without_end() -> None:
    source = "'x'"
    for name in "abcdefghijklmnopqrstuvw":
        source = f"cel.bind({name}, {source}, {name} + {name})"
    with pytest.raises(CelError, match="cost limit"):
        value(source + ".size() > 0")
