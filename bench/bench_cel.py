"""Lo que cuestan las reglas CEL: leerlas, calcularlas y que una escritura pase por una política."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from bench.figure import Figure, median_ms
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import Object, cel, kinds
from lab_tools.objects.cel import parser

RULE = "self.all(l, !(l.protocol in ['HTTP', 'TCP', 'UDP'] && has(l.tls)))"
LISTENERS = [{"name": f"l{number}", "protocol": "HTTP", "port": 80 + number} for number in range(3)]
RUNS = 300
# Lo que tarda cel-python 0.5 con la misma regla y los mismos datos, medido en la misma máquina (decisión 031).
CEL_PYTHON_COMPILE, CEL_PYTHON_EVALUATE = 12.6, 2.09


def measure() -> list[Figure]:
    """Leer y calcular una regla de Gateway API, y crear un ConfigMap sin y con una política."""
    rule = cel.compile(RULE, {"self": cel.DYN})
    free, bound = EmbeddedCluster(nodes=0), EmbeddedCluster(nodes=0)
    _police(bound)
    return [
        Figure("leer una regla", median_ms(lambda: parser.parse(RULE), RUNS), "ms", 1,
               CEL_PYTHON_COMPILE, "cel-python"),
        Figure("calcularla", median_ms(lambda: rule(self=LISTENERS), RUNS), "ms", 0.2,
               CEL_PYTHON_EVALUATE, "cel-python"),
        Figure("crear sin políticas", median_ms(_creating(free), RUNS), "ms", 3.5),
        Figure("crear con una política", median_ms(_creating(bound), RUNS), "ms", 3.5),
    ]  # fmt: skip


def _police(cluster: EmbeddedCluster) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    spec: Object = {
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "size(object.data) < 9"}],
    }
    cluster.api.create(kinds.VALIDATINGADMISSIONPOLICY, {"metadata": {"name": "p"}, "spec": spec})
    binding = {"policyName": "p", "validationActions": ["Deny"]}
    cluster.api.create(kinds.VALIDATINGADMISSIONPOLICYBINDING, {"metadata": {"name": "b"}, "spec": binding})


def _creating(cluster: EmbeddedCluster) -> Callable[[], None]:
    numbers = count()

    def create() -> None:
        cluster.api.create(kinds.CONFIGMAP, {"metadata": {"name": f"c{next(numbers)}"}, "data": {"a": "b"}}, "default")

    return create
