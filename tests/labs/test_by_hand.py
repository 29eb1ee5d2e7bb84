"""Lo que lee quien resuelve un laboratorio a mano: qué objeto mirar, y ninguna manera buena sin su punto."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest

from lab_tools.checks.result import Result
from lab_tools.labs.student import Lab


def started(lab: str, **chosen: Any) -> Lab:
    """El laboratorio preparado dentro del proceso, con algún valor del encargo elegido."""
    public = Lab(lab, in_process=True).variant
    there = Lab(lab, in_process=True, variant={**public, **chosen})
    there.start()
    return there


def result(lab: Lab, check: str) -> Result:
    task = next(task for task in lab.definition.tasks if check in [one.id for one in task.checks])
    return next(one for one in lab.check(task.id).results if one.id == check)


def quota(lab: Lab, team: str, **hard: str) -> None:
    namespace = f"{lab.variant.namespace}-{team}"
    metadata = {"name": "lo-suyo", "namespace": namespace}
    hard = {key.replace("_", "."): top for key, top in hard.items()}
    lab.client.create({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}})


def test_lab_2_says_which_quota_there_is_and_what_it_limits() -> None:
    lab = started("02-cuando", quota="1")
    assert result(lab, "L02-3a").found == "que sí: allí no hay ningún ResourceQuota"
    quota(lab, "azul", cpu="1000m")  # «cpu» y «requests.cpu» son lo mismo en una cuota
    quota(lab, "verde", pods="5")
    told = result(lab, "L02-3a")
    assert (told.earned, told.found) == (1, "que sí: el ResourceQuota `lo-suyo` pone tope a `pods: 5`")


def test_lab_2_says_who_keeps_the_room_and_takes_the_field_by_its_whole_path() -> None:
    fault = {"field": "requests.memory", "cpu": "100m", "memory": "6Gi", "limit": "500m"}
    lab = started("02-cuando", fault=fault)
    assert "cada Pod de `catalogo` reserva 100m de CPU y 6Gi de memoria" in result(lab, "L02-4a").found
    lab.report(catalogo_campo="spec.template.spec.containers[0].resources.requests.memory")
    assert result(lab, "L02-4c").earned == 1
    lab.report(catalogo_campo="resources.requests.cpu")
    assert result(lab, "L02-4c").earned == 0


def test_lab_3_takes_a_name_as_kubectl_prints_it() -> None:
    lab = started("03-cluster")
    labels = {"app": "frontend"}
    containers = [{"name": "principal", "image": "tienda-frontend:1.0"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"replicas": lab.variant.replicas, "selector": {"matchLabels": labels}, "template": template}
    lab.client.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "frontend"}, "spec": spec})
    lab.wait_available("deployment/frontend")
    pod = lab.pods("app=frontend")[0]
    owner = lab.client.get("pods", pod.name)["metadata"]["ownerReferences"][0]["name"]
    lab.report(pod=f"pod/{pod.name}", replicaset=f"replicaset.apps/{owner}", nodo=f"node/{pod.node}")
    assert result(lab, "L03-1b").earned == 1.5


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lab_4_does_not_tell_the_layers_by_the_order_it_asks_them(seed: int) -> None:
    lab = Lab("04-capas", in_process=True, variant=seed)
    lab.start()
    lab.report(bd="disco")
    told = result(lab, "L04-1a")
    names = re.findall(r"`(\w+)` de qué capa", told.expected)
    assert names == ["api", "catalogo", "carrito", "pagos"]
    lab.report(**{lab.variant.fault[layer]: layer for layer in ("red", "plano", "programa", "nada")})
    assert result(lab, "L04-1a").earned == 4


def test_lab_4_says_which_disk_is_waited_for() -> None:
    lab = Lab("04-capas", in_process=True)
    lab.start()
    told = result(lab, "L04-2c").found
    assert told == f"que `pedidos` pide un disco de la clase `{lab.variant.storage_class}` y sigue esperándolo"


def test_lab_5_does_not_tell_which_service_has_a_stray_pod_and_takes_a_field_in_any_case() -> None:
    lab = started("05-kubectl")
    told = result(lab, "L05-4a")
    assert told.earned == 0 and lab.variant.fault["victim"] not in re.findall(r"\w+", told.expected + told.found)
    lab.report(borrador_campo=lab.variant.fault["field"].lower())
    assert result(lab, "L05-2d").earned == 1


def test_lab_6_takes_its_names_and_its_seconds_as_a_terminal_gives_them() -> None:
    lab = started("06-deployments")
    checks = importlib.util.spec_from_file_location("checks", lab.definition.folder / "checks.py")
    assert checks is not None and checks.loader is not None
    module = importlib.util.module_from_spec(checks)
    checks.loader.exec_module(module)
    assert [module._number(said) for said in ("2.5", "2,5", "2,5 s", "2.5s")] == [2.5] * 4
    assert module._number("nan") is None and module._number("un rato") is None
    lab.report(pod_perdido="pod/frontend-a", pod_nuevo="pod/frontend-b")
    told = result(lab, "L06-2c").found
    assert "`pod_perdido: frontend-a`" in told, "el nombre se busca sin lo que kubectl le pone delante"


def test_lab_10_says_which_class_is_waited_for_and_which_service_names_the_copies() -> None:
    lab = started("10-almacenamiento", copies=2)
    lab.client.create(claim("pedidos", "estandar"))
    assert result(lab, "L10-1a").found == "que espera un disco de la clase `estandar`"
    labels = {"app": "cola"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "cola", "image": "busybox:1.36"}]}}
    spec = {"replicas": 2, "serviceName": "cola", "selector": {"matchLabels": labels}, "template": template}
    lab.client.create({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "cola"}, "spec": spec})
    told = result(lab, "L10-2a").found
    assert told.endswith("no contesta: el StatefulSet `cola` dice `serviceName: cola`")


def test_lab_11_gives_nothing_for_being_lucky_with_a_wide_selector() -> None:
    lab = started("11-services")
    spec = {"selector": {"tienda": "principal"}, "ports": [{"port": lab.variant.api_port, "targetPort": 8080}]}
    lab.client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"}, "spec": spec})
    lab.client.wait(5)
    told = result(lab, "L11-1a")
    assert (told.earned, told.found) == (0, "que también lleva a 5 Pods de otras aplicaciones")


@pytest.mark.slow
@pytest.mark.parametrize(("farewell", "earned"), [("sleep 6", 2), ("true", 0)])
def test_lab_19_sees_whether_the_canary_waits_and_not_whether_it_says_so(farewell: str, earned: float) -> None:
    lab = started("19-bluegreen-canary")
    labels = {"app": "api", "pista": "canario"}
    container = {
        "name": "api",
        "image": f"tienda-api:{lab.variant.bad['tag']}",
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", farewell]}}},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}  # fmt: skip
    metadata = {"name": "api-canario"}
    lab.client.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    lab.wait_available("deployment/api-canario")
    assert result(lab, "L19-1c").earned == earned


def claim(name: str, storage_class: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": storage_class,
            "resources": {"requests": {"storage": "1Gi"}}}  # fmt: skip
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}
