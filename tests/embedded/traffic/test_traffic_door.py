"""La puerta del tráfico: quién puede llamar desde dónde, y qué se contesta a lo que no tiene sentido."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.embedded.rest import Request, User
from lab_tools.embedded.user import AUTHENTICATED

from .conftest import Shop

ROOT = "/orquesta/v1/traffic"
ANA = User("ana", (AUTHENTICATED,))
STUDENT = User("student", ("orquesta:student", AUTHENTICATED))
CHECKER = User("checker", ("orquesta:checker", AUTHENTICATED))
NOBODY = User("system:anonymous", ("system:unauthenticated",))


def sent(shop: Shop, user: User, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    data = b"" if body is None else json.dumps(body).encode()
    answer = shop.cluster.handle(Request(method, f"{ROOT}/{path}", {}, {}, data, user))
    assert isinstance(answer.body, bytes)
    return answer.status, json.loads(answer.body)


def test_from_outside_anybody_with_a_credential_may_call(shop: Shop) -> None:
    asked = {"url": "http://203.0.113.9/"}
    assert [sent(shop, user, "POST", "request", asked)[0] for user in (STUDENT, CHECKER, ANA)] == [201] * 3
    code, refused = sent(shop, NOBODY, "POST", "request", asked)
    assert (code, refused["reason"]) == (403, "Forbidden")


def test_from_a_pod_may_call_who_may_enter_it(shop: Shop) -> None:
    shop.settle(5)
    asked = {"url": "http://api/", "from": "default/cliente"}
    assert [sent(shop, user, "POST", "request", asked)[0] for user in (STUDENT, CHECKER, ANA)] == [201, 403, 403]
    rule = {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}
    shop.owner.create({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "entrar"},
                       "rules": [rule]})  # fmt: skip
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "entrar"}
    shop.owner.create({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                       "metadata": {"name": "entrar"}, "subjects": [{"kind": "User", "name": "ana"}],
                       "roleRef": role})  # fmt: skip
    assert sent(shop, ANA, "POST", "request", asked)[0] == 201
    assert sent(shop, ANA, "POST", "request", {**asked, "from": "kube-system/otro"})[0] == 403


def test_nobody_stops_the_load_of_another(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 1)
    shop.settle()
    _, load = sent(shop, STUDENT, "POST", "loads", {"url": "http://172.18.0.3/", "rps": 1, "seconds": 60})
    assert sent(shop, ANA, "POST", f"loads/{load['id']}", {"stop": True})[0] == 403
    assert sent(shop, ANA, "GET", f"loads/{load['id']}")[0] == 200
    code, stopped = sent(shop, STUDENT, "POST", f"loads/{load['id']}", {"stop": True})
    assert code == 200 and stopped["id"] == load["id"]
    shop.settle(15)
    assert sent(shop, STUDENT, "GET", f"loads/{load['id']}")[1]["state"] == "stopped"
    assert [one["id"] for one in sent(shop, STUDENT, "GET", "loads")[1]["loads"]] == [load["id"]]


@pytest.mark.parametrize(("body", "what"), [
    ({}, "Falta `url`"),
    ({"url": "ftp://api/", "rps": 1, "seconds": 1}, "no es http, https, tcp, udp ni sctp"),
    ({"url": "http://api/", "rps": -1, "seconds": 1}, "`rps` es -1: escribe un número de 0 a"),
    ({"url": "http://api/", "rps": 1}, "`seconds` es null"),
    ({"url": "http://api/", "rps": 5000, "seconds": 80000}, "Son 400000000 peticiones"),
    ({"url": "http://api/", "steps": []}, "`steps` ha de ser una lista"),
    ({"url": "http://api/", "rps": 1, "seconds": 1, "timeout": 0}, "`timeout` es 0"),
    ({"url": "http://api/", "rps": 1, "seconds": 1, "seed": "x"}, "`seed` es"),
    ({"url": "http://api/", "rps": 1, "seconds": 1, "from": "cliente"}, "`from` es «cliente»"),
    ({"url": "http://api/", "rps": 1, "seconds": 1, "method": 3}, "`method` es 3"),
    ({"url": "http://api/", "rps": 1, "seconds": 1, "headers": [1]}, "`headers` ha de ser un mapa"),
    ({"url": "http://api/", "rps": 1, "seconds": 1, "segundos": 3}, "No hay un campo «segundos»"),
    (3, "no es un objeto JSON"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(shop: Shop, body: Any, what: str) -> None:
    code, refused = sent(shop, STUDENT, "POST", "loads", body)
    assert code == 400 and what in refused["message"]


def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    assert sent(shop, STUDENT, "GET", "loads/carga-9")[0] == 404
    assert sent(shop, STUDENT, "GET", "otra")[0] == 404
    assert sent(shop, STUDENT, "DELETE", "loads")[0] == 405
    code, refused = sent(shop, STUDENT, "POST", "request", {"url": "http://api/", "from": "default/nadie"})
    assert code == 404 and "default/nadie" in refused["message"]
