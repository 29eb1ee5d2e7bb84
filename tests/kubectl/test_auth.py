"""kubectl auth y las identidades: quién soy, qué puedo, y hablar por otro."""

from __future__ import annotations

import json

import pytest

from tests.kubectl.conftest import Kubectl

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kubectl")]

ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: lee, namespace: NS}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: lee, namespace: NS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: lee}
subjects: [{kind: User, name: eva}]
"""


def test_who_am_i(kubectl: Kubectl):
    found = json.loads(kubectl("auth", "whoami", "-o", "json"))["status"]["userInfo"]
    assert found["groups"] == ["orquesta:student", "system:authenticated"]
    borrowed = json.loads(kubectl("auth", "whoami", "-o", "json", "--as=ana", "--as-group=a", "--as-group=b"))
    assert borrowed["status"]["userInfo"] == {"username": "ana", "groups": ["a", "b", "system:authenticated"]}


def test_can_i_says_yes_or_no_with_its_exit_code(kubectl: Kubectl):
    assert kubectl("auth", "can-i", "create", "deployments") == "yes\n"
    refused = kubectl.run("auth", "can-i", "list", "pods", "--as=eva")
    assert (refused.returncode, refused.stdout) == (1, "no\n")
    assert "pods" not in kubectl("auth", "can-i", "--list", "--as=eva")
    kubectl("create", "role", "lee", "--verb=get,list", "--resource=pods")
    kubectl("create", "rolebinding", "lee", "--role=lee", "--user=eva")
    assert kubectl("auth", "can-i", "list", "pods", "--as=eva") == "yes\n"
    listed = kubectl("auth", "can-i", "--list", "--as=eva").splitlines()
    assert ["pods", "[]", "[]", "[get", "list]"] in [line.split() for line in listed]


def test_reconcile_adds_removes_and_binds_again(kubectl: Kubectl):
    # Esta orden no mira --namespace: el espacio va en el manifiesto.
    role = ROLE.replace("NS", kubectl.namespace)
    assert "reconciled" in kubectl("auth", "reconcile", "-f", "-", stdin=role)
    assert kubectl("auth", "can-i", "list", "pods", "--as=eva") == "yes\n"
    narrower = role.replace("[get, list]", "[get]").replace("eva", "ana")
    kubectl("auth", "reconcile", "--remove-extra-permissions", "--remove-extra-subjects", "-f", "-", stdin=narrower)
    assert kubectl("get", "role", "lee", "-o", "jsonpath={.rules[0].verbs}") == '["get"]'
    assert kubectl("get", "rolebinding", "lee", "-o", "jsonpath={.subjects[*].name}") == "ana"
    other = narrower.replace("kind: Role, name: lee", "kind: ClusterRole, name: view")
    kubectl("auth", "reconcile", "-f", "-", stdin=other)
    assert kubectl("get", "rolebinding", "lee", "-o", "jsonpath={.roleRef.name}") == "view"


def test_an_account_comes_in_with_the_token_kubectl_gives(kubectl: Kubectl):
    kubectl("create", "serviceaccount", "robot")
    token = kubectl("create", "token", "robot", "--duration=10m").strip()
    # El kubeconfig trae ya una credencial, y mandaría sobre --token: se prueba con uno que no tiene ninguna.
    bare = json.loads(kubectl("config", "view", "--raw", "-o", "json"))
    for user in bare["users"]:
        user["user"] = {"token": token}
    path = kubectl.kubeconfig.parent / "robot.json"
    path.write_text(json.dumps(bare), encoding="utf-8")
    robot = Kubectl(kubectl.path, path, kubectl.namespace)
    refused = robot.run("get", "pods")
    who = f"system:serviceaccount:{kubectl.namespace}:robot"
    assert f'User "{who}" cannot list resource "pods"' in refused.stderr
    kubectl("create", "rolebinding", "robot", "--clusterrole=view", f"--serviceaccount={kubectl.namespace}:robot")
    assert robot.run("get", "pods").returncode == 0
    kubectl("delete", "serviceaccount", "robot")
    assert "Unauthorized" in robot.run("get", "pods").stderr


def test_the_roles_of_the_factory_are_listed_with_the_hour_of_the_wall(kubectl: Kubectl):
    rows = dict(line.split() for line in kubectl("get", "clusterroles", "--no-headers").splitlines())
    assert {"cluster-admin", "admin", "edit", "view", "system:basic-user"} <= set(rows)
    born = kubectl("get", "clusterrole", "view", "-o", "jsonpath={.metadata.creationTimestamp}")
    # A otra velocidad la hora de pared de un mismo instante cambia de una pregunta a otra: basta el día.
    assert rows["view"][:10] == born[:10]
