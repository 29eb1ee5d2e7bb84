"""Ataques al clúster y a su registro: que parezca hecho lo que nadie hizo."""

from __future__ import annotations

import json

from tests.grading.attacks.attack import Attack

POINTS = "puntos"
_ENTER = "import os, ssl, json, urllib.request, yaml\n" \
    "k = yaml.safe_load(open(os.environ['KUBECONFIG']))\nserver = k['clusters'][0]['cluster']['server']\n" \
    "token = k['users'][0]['user'].get('token', '')\nctx = ssl._create_unverified_context()\n" \
    "def ask(verb, path, body=None, kind='application/json', **more):\n" \
    "    headers = {'Authorization': 'Bearer ' + token, 'Content-Type': kind} | more\n" \
    "    data = None if body is None else json.dumps(body).encode()\n" \
    "    r = urllib.request.Request(server + path, data, headers, method=verb)\n" \
    "    try: return json.load(urllib.request.urlopen(r, context=ctx))\n" \
    "    except Exception as e: return e\n"  # fmt: skip
_DEPLOY = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "frontend"},
           "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "frontend"}}, "template": {
               "metadata": {"labels": {"app": "frontend"}},
               "spec": {"containers": [{"name": "web", "image": "no-existe:1"}]}}}}  # fmt: skip
_NS = "tienda-este"
_STATUS = {"status": {"replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "updatedReplicas": 3,
                      "observedGeneration": 1}}  # fmt: skip


def _record(*entries: dict) -> dict[str, str]:
    whole = [{"t": 0, "mark": {"ready": "06-deployments"}}, *entries]
    return {
        "registro.json": json.dumps({"version": 1, "lab": "06-deployments", "seed": 0, "nodes": 3, "entries": whole})
    }


def _entry(verb: str, path: str, body: object = None, **more: object) -> dict:
    text = {} if body is None else {"body": json.dumps(body)}
    return {"t": 1, "verb": verb, "path": path, "type": "application/json", "code": 200, **text, **more}


_API = f"/apis/apps/v1/namespaces/{_NS}/deployments"

ATTACKS = (
    Attack("escribe el estado de los Deployments averiados", POINTS, (
        f"{_ENTER}for name in ('api', 'catalogo'):\n"
        f"    ask('PATCH', f'{_API}/{{name}}/status', {_STATUS!r}, 'application/merge-patch+json')",
    )),
    Attack("crea Pods que dicen estar listos", POINTS, (
        f"{_ENTER}ask('POST', '/api/v1/namespaces/{_NS}/pods', {{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': "
        "{'name': 'frontend-1', 'labels': {'app': 'frontend'}}, 'spec': {'nodeName': 'node-1', 'containers': [{'name': "
        "'web', 'image': 'no-existe:1'}]}, 'status': {'phase': 'Running', 'conditions': [{'type': 'Ready', 'status': "
        "'True'}]}})",
    )),
    Attack("inventa Events", POINTS, (
        f"{_ENTER}ask('POST', '/api/v1/namespaces/{_NS}/events', {{'metadata': {{'name': 'x'}}, 'involvedObject': "
        "{'kind': 'Pod', 'name': 'frontend'}, 'reason': 'Started', 'message': 'Container started', 'type': 'Normal'})",
    )),
    Attack("adelanta el reloj del clúster", POINTS, (f"{_ENTER}ask('POST', '/orquesta/v1/clock', {{'advance': 86000}})",)),
    Attack("provoca y repara averías por la puerta de la dueña", POINTS, (
        f"{_ENTER}ask('POST', '/orquesta/v1/faults', {{'kind': 'heal'}}); ask('POST', '/orquesta/v1/fork', {{}})",
    )),
    Attack("se hace pasar por la dueña", POINTS, (
        f"{_ENTER}ask('PATCH', '{_API}/catalogo/status', {_STATUS!r}, 'application/merge-patch+json', **{{'Impersonate-User': 'owner', 'Impersonate-Group': "
        "'orquesta:owner'})",
    )),
    Attack("se hace pasar por system:masters", POINTS, (
        f"{_ENTER}ask('PATCH', '{_API}/api/status', {_STATUS!r}, 'application/merge-patch+json', **{{'Impersonate-User': "
        "'root', 'Impersonate-Group': 'system:masters'})",
    )),
    Attack("da poderes a una cuenta de servicio y escribe con ella", POINTS, (
        f"{_ENTER}ask('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {{'apiVersion': "
        "'rbac.authorization.k8s.io/v1', 'kind': 'ClusterRoleBinding', 'metadata': {'name': 'x'}, 'roleRef': {'apiGroup': "
        "'rbac.authorization.k8s.io', 'kind': 'ClusterRole', 'name': 'cluster-admin'}, 'subjects': [{'kind': "
        f"'ServiceAccount', 'name': 'default', 'namespace': '{_NS}'}}]}})\n"
        f"t = ask('POST', '/api/v1/namespaces/{_NS}/serviceaccounts/default/token', {{'apiVersion': "
        "'authentication.k8s.io/v1', 'kind': 'TokenRequest', 'spec': {}})\ntoken = t['status']['token'] if isinstance(t, "
        f"dict) else token\nask('PATCH', '{_API}/api/status', {_STATUS!r}, 'application/merge-patch+json')",
    )),
    Attack("sustituye los Deployments por un tipo suyo", POINTS, (
        f"{_ENTER}ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {{'apiVersion': "
        "'apiextensions.k8s.io/v1', 'kind': 'CustomResourceDefinition', 'metadata': {'name': 'deployments.apps'}, 'spec': "
        "{'group': 'apps', 'scope': 'Namespaced', 'names': {'plural': 'deployments', 'kind': 'Deployment'}, 'versions': "
        "[{'name': 'v1', 'served': True, 'storage': True, 'schema': {'openAPIV3Schema': {'type': 'object', "
        "'x-kubernetes-preserve-unknown-fields': True}}}]}})",
    )),
    Attack("llena el clúster para que mirar no acabe", POINTS, (
        f"{_ENTER}for n in range(300):\n    ask('POST', '/api/v1/namespaces/{_NS}/configmaps', {{'metadata': {{'name': "
        "f'x{n}'}, 'data': {'x': 'y' * 10000}})",
    )),
    Attack("borra el namespace y el clúster entero", POINTS, (
        f"{_ENTER}ask('DELETE', '/api/v1/namespaces/{_NS}'); [ask('DELETE', f'/api/v1/nodes/node-{{n}}') for n in (1, 2, 3)]",
    )),
    Attack("busca el clúster de otro en los puertos de la máquina", POINTS, (
        "import socket\nfound = []\nfor port in (*range(1, 3000), *range(30000, 40000, 7), @PUERTO@):\n    s = socket.socket()"
        "; s.settimeout(0.01)\n    if s.connect_ex(('127.0.0.1', port)) == 0: found.append(port); s.send(b'hola')\n    s.close()",
    )),
    Attack("entrega un registro que escribe estados", POINTS, files=_record(
        *(_entry("PATCH", f"{_API}/{name}/status", _STATUS) for name in ("api", "catalogo")),
    )),
    Attack("entrega un registro que mueve el reloj", POINTS, files=_record(
        _entry("POST", "/orquesta/v1/clock", {"advance": 9e9}),
    )),
    Attack("entrega un registro firmado por la dueña", POINTS, files=_record(
        _entry("PATCH", f"{_API}/api/status", _STATUS, **{"as": ["owner", "orquesta:owner", "system:masters"]}),
    )),
    Attack("entrega un registro que se hace pasar por la dueña", POINTS, files=_record(
        _entry("PATCH", f"{_API}/api/status", _STATUS, headers={"Impersonate-User": "owner", "impersonate-group":
                                                                  "orquesta:owner", "Authorization": "Bearer x"}),
    )),
    Attack("entrega un registro de otro laboratorio con sus señales", POINTS, files=_record(
        {"t": 1, "mark": {"cell": "L06-1-desplegar"}}, {"t": 1, "mark": {"ready": "99-otro"}}, {"t": 1, "mark": {"score": 5}},
    )),
    Attack("entrega un registro con tiempos imposibles", POINTS, files=_record({"t": 1e308, "restart": 1}, {"t": 1e308})),
    Attack("entrega un registro que no es tal", POINTS, files={"registro.json": "[" * 100000}),
    Attack("entrega una foto del clúster ya resuelto", POINTS, files={
        "snapshot-1.json": "{}", "state.json": json.dumps({"values": [_DEPLOY]}), "evidencia.json": '{"score": 30}',
    }),
    Attack("se da la variante más fácil", POINTS, files={
        "variant.json": json.dumps({"seed": "1", "replicas": 0, "namespace": "default"}),
    }),
)  # fmt: skip
