"""Una política de admisión niega, avisa o cambia lo que entra, con las palabras del servidor real."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import StatusError
from lab_tools.objects import Object

API = "admissionregistration.k8s.io/v1"
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
SHORT = {"expression": "size(object.data) <= 1"}


@pytest.fixture
def client() -> Client:
    return Client(InProcessConnection(EmbeddedCluster(nodes=0)))


def policy(client: Client, *validations: Any, name: str = "short", rule: Any = None, **spec: Any) -> Object:
    match = spec.pop("match", {"resourceRules": [{**RULE, **(rule or {})}]})
    return client.create({"apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
                          "spec": {"matchConstraints": match, "validations": list(validations), **spec}})  # fmt: skip


def bind(client: Client, *actions: str, name: str = "short", **spec: Any) -> Object:
    body = {"policyName": name, "validationActions": list(actions or ("Deny",)), **spec}
    meta = {"name": f"{name}-b"}
    return client.create(
        {"apiVersion": API, "kind": "ValidatingAdmissionPolicyBinding", "metadata": meta, "spec": body}
    )


def config(client: Client, name: str = "a", **data: str) -> Object:
    return client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


def refused(said: str) -> Any:
    return pytest.raises(StatusError, match=said)


def test_a_policy_without_a_binding_denies_nothing(client: Client) -> None:
    policy(client, SHORT)
    config(client, x="1", y="2")


def test_what_a_policy_denies_is_told_as_the_real_server_tells_it(client: Client) -> None:
    policy(client, SHORT)
    bind(client)
    config(client, "b", x="1")
    with pytest.raises(StatusError) as caught:
        config(client, x="1", y="2")
    said = "ValidatingAdmissionPolicy 'short' with binding 'short-b' denied request: failed expression: "
    said += SHORT["expression"]
    assert caught.value.code == 422
    assert caught.value.status["reason"] == "Invalid"
    assert caught.value.message == f'configmaps "a" is forbidden: {said}'
    assert caught.value.details == {"name": "a", "kind": "configmaps", "causes": [{"message": said}]}


@pytest.mark.parametrize(("more", "code", "said"), [
    ({"message": "too much"}, 422, "denied request: too much"),
    ({"messageExpression": "string(size(object.data)) + ' keys'"}, 422, "denied request: 2 keys"),
    ({"reason": "Forbidden"}, 403, "failed expression"),
])  # fmt: skip
def test_a_validation_may_choose_its_words_and_its_reason(
    client: Client, more: dict[str, Any], code: int, said: str
) -> None:
    policy(client, {**SHORT, **more})
    bind(client)
    with refused(said) as caught:
        config(client, x="1", y="2")
    assert caught.value.code == code


def test_a_warning_lets_the_object_in(client: Client) -> None:
    policy(client, SHORT)
    bind(client, "Warn")
    body = b'{"metadata":{"name":"a"},"data":{"x":"1","y":"2"}}'
    headers = {"content-type": "application/json"}
    reply = client.connection.send("POST", "/api/v1/namespaces/default/configmaps", None, body, headers)
    said = "Validation failed for ValidatingAdmissionPolicy 'short' with binding 'short-b': failed expression: "
    assert reply.status == 201
    assert said in reply.headers["warning"]


def test_an_audit_is_silent(client: Client) -> None:
    policy(client, SHORT)
    bind(client, "Audit")
    config(client, x="1", y="2")


def test_an_update_sees_what_there_was(client: Client) -> None:
    policy(client, {"expression": "oldObject == null || object.data.x == oldObject.data.x"})
    bind(client)
    config(client, x="1")
    with refused("denied request"):
        client.patch("configmap", "a", {"data": {"x": "2"}})


def test_a_delete_is_judged_by_what_goes_away(client: Client) -> None:
    policy(client, {"expression": "!has(oldObject.data.keep)"}, rule={"operations": ["DELETE"]})
    bind(client)
    config(client, keep="1")
    with refused("denied request"):
        client.delete("configmap", "a")


def test_variables_and_conditions_narrow_a_policy(client: Client) -> None:
    policy(
        client, {"expression": "variables.keys <= variables.most"},
        variables=[{"name": "keys", "expression": "size(object.data)"}, {"name": "most", "expression": "1"}],
        matchConditions=[{"name": "only-big", "expression": "object.metadata.name.startsWith('big')"}],
    )  # fmt: skip
    bind(client)
    config(client, "small", x="1", y="2")
    with refused("denied request: failed expression: variables.keys <= variables.most"):
        config(client, "big", x="1", y="2")


def test_parameters_come_from_an_object_of_the_cluster(client: Client) -> None:
    policy(
        client, {"expression": "size(object.data) <= int(params.data.most)"}, match={"resourceRules": [RULE]},
        paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
        matchConditions=[{"name": "not-itself", "expression": "object.metadata.name != 'limits'"}],
    )  # fmt: skip
    ref = {"name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny"}
    bind(client, paramRef=ref)
    with refused("failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"):
        config(client, x="1")
    client.delete("validatingadmissionpolicybindings", "short-b")
    config(client, "limits", most="1")
    bind(client, paramRef=ref)
    config(client, "b", x="1")
    with refused("denied request"):
        config(client, x="1", y="2")


@pytest.mark.parametrize("match", [
    {"resourceRules": [{**RULE, "resources": ["secrets"]}]},
    {"resourceRules": [{**RULE, "apiGroups": ["apps"]}]},
    {"resourceRules": [{**RULE, "operations": ["DELETE"]}]},
    {"resourceRules": [{**RULE, "scope": "Cluster"}]},
    {"resourceRules": [{**RULE, "resourceNames": ["otro"]}]},
    {"resourceRules": [RULE], "excludeResourceRules": [RULE]},
    {"resourceRules": [RULE], "objectSelector": {"matchLabels": {"a": "b"}}},
    {"resourceRules": [RULE], "namespaceSelector": {"matchLabels": {"a": "b"}}},
])  # fmt: skip
def test_what_a_policy_does_not_match_is_let_in(client: Client, match: dict[str, Any]) -> None:
    policy(client, SHORT, match=match)
    bind(client)
    config(client, x="1", y="2")


def test_a_binding_may_match_less_than_its_policy(client: Client) -> None:
    policy(client, SHORT)
    selector = {"matchLabels": {"kubernetes.io/metadata.name": "kube-public"}}
    bind(client, matchResources={"namespaceSelector": selector})
    config(client, x="1", y="2")
    with refused("denied request"):
        config(client.within("kube-public"), x="1", y="2")


def test_what_cannot_be_computed_is_denied_unless_it_is_ignored(client: Client) -> None:
    policy(client, {"expression": "object.data.nope == '1'"})
    bind(client)
    with refused("expression 'object.data.nope == '1'' resulted in error: no such key: nope"):
        config(client, x="1")
    client.patch("validatingadmissionpolicies", "short", {"spec": {"failurePolicy": "Ignore"}})
    config(client, x="1")


def test_a_policy_may_ask_what_else_somebody_can_do(client: Client) -> None:
    may = "authorizer.group('').resource('secrets').namespace(request.namespace).check('create').allowed()"
    nobody = "!authorizer.serviceAccount('default', 'x').requestResource.check('create').allowed()"
    policy(client, {"expression": f"{may} && {nobody}"})
    bind(client)
    config(client, "of-the-owner")
    rbac = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": "r"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]}]}  # fmt: skip
    client.create(role)
    client.create({**role, "kind": "RoleBinding", "rules": None,
                   "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "r"},
                   "subjects": [{"apiGroup": rbac, "kind": "User", "name": "ana"}]})  # fmt: skip
    body, ana = b'{"metadata":{"name":"of-ana"}}', {"impersonate-user": "ana", "content-type": "application/json"}
    reply = client.connection.send("POST", "/api/v1/namespaces/default/configmaps", None, body, ana)
    assert reply.status == 422


def test_the_controllers_obey_too(client: Client) -> None:
    rule = {"resources": ["pods"]}
    policy(client, {"expression": "object.spec.containers.all(c, c.image.contains(':'))"}, rule=rule)
    bind(client)
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    client.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec})
    client.wait(5)
    assert client.list("pods") == []
    assert any("denied request" in one["message"] for one in client.events() if one["reason"] == "FailedCreate")


@pytest.mark.parametrize(("spec", "said"), [
    ({"validations": [{"expression": "nadie"}]},
     r"spec.validations\[0\].expression: Invalid value: \"nadie\": compilation failed: ERROR: <input>:1:1: undeclared"),
    ({"validations": [{"expression": "1 + 1"}]}, "must evaluate to bool"),
    ({"validations": [{"expression": "params.x"}]}, "undeclared reference to 'params'"),
    ({"validations": [{"expression": "request.quien == ''"}]}, "undefined field 'quien'"),
    ({"validations": [{"expression": "variables.x"}]}, "undefined field 'x'"),
    ({"validations": []}, "validations or auditAnnotations must contain at least one item"),
    ({"validations": [SHORT], "matchConstraints": None}, "spec.matchConstraints: Required value"),
    ({"validations": [SHORT], "failurePolicy": "Quizá"}, "Unsupported value"),
])  # fmt: skip
def test_a_policy_that_makes_no_sense_is_refused(client: Client, spec: dict[str, Any], said: str) -> None:
    whole = {"matchConstraints": {"resourceRules": [RULE]}, **spec}
    with refused(said):
        client.create(
            {"apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "p"}, "spec": whole}
        )


@pytest.mark.parametrize(("spec", "said"), [
    ({"validationActions": []}, "at least one validation action is required"),
    ({"validationActions": ["Deny", "Warn"]}, "must not contain both Deny and Warn"),
    ({"paramRef": {"name": "x"}}, "parameterNotFoundAction: Required value"),
])  # fmt: skip
def test_a_binding_that_makes_no_sense_is_refused(client: Client, spec: dict[str, Any], said: str) -> None:
    whole = {"policyName": "p", "validationActions": ["Deny"], **spec}
    with refused(said):
        client.create({"apiVersion": API, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "b"},
                       "spec": whole})  # fmt: skip


# --- las que cambian ------------------------------------------------------------------------------------------


def mutation(client: Client, *mutations: Any, rule: Any = None, **spec: Any) -> None:
    body = {"matchConstraints": {"resourceRules": [{**RULE, **(rule or {})}]}, "reinvocationPolicy": "Never",
            "mutations": list(mutations), **spec}  # fmt: skip
    client.create({"apiVersion": API, "kind": "MutatingAdmissionPolicy", "metadata": {"name": "m"}, "spec": body})
    client.create({"apiVersion": API, "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": "m-b"},
                   "spec": {"policyName": "m"}})  # fmt: skip


def test_an_apply_configuration_is_merged_into_what_enters(client: Client) -> None:
    expression = 'Object{metadata: Object.metadata{labels: {"team": request.namespace}}}'
    mutation(client, {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}})
    assert config(client, x="1")["metadata"]["labels"] == {"team": "default"}


def test_a_container_is_added_beside_the_others(client: Client) -> None:
    expression = (
        'Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: "mesh", image: "nginx:1.27"}]}}'
    )
    mutation(client, {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}},
             rule={"resources": ["pods"], "operations": ["CREATE"]},
             matchConditions=[{"name": "once", "expression": "!has(object.spec.initContainers)"}])  # fmt: skip
    spec = {"containers": [{"name": "c", "image": "nginx:1.27"}]}
    made = client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    assert [one["name"] for one in made["spec"]["initContainers"]] == ["mesh"]
    assert made["spec"]["initContainers"][0]["imagePullPolicy"] == "IfNotPresent"


def test_a_json_patch_changes_what_enters(client: Client) -> None:
    expression = "[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('a/b'), value: 'c'}]"
    mutation(client, {"patchType": "JSONPatch", "jsonPatch": {"expression": expression}})
    with refused("a valid config key must consist of alphanumeric"):
        config(client, x="1")


def test_a_mutation_that_fails_denies_the_request(client: Client) -> None:
    mutation(
        client, {"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'remove', path: '/data/no'}]"}}
    )
    with refused("policy 'm' with binding 'm-b' denied request"):
        config(client, x="1")


# --- la revisión ----------------------------------------------------------------------------------------------


def test_a_policy_is_reviewed_with_the_types_it_names(client: Client) -> None:
    match = {"resourceRules": [{**RULE, "apiGroups": ["apps"], "resources": ["deployments"]}]}
    wrong = [{"expression": "object.spec.replicas > 1"}, {"expression": "object.replicas > 1"}]
    policy(client, *wrong, match=match)
    client.wait(5)
    status = client.get("validatingadmissionpolicies", "short")["status"]
    assert status["observedGeneration"] == 1
    assert status["typeChecking"]["expressionWarnings"] == [{
        "fieldRef": "spec.validations[1].expression",
        "warning": "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n"
                   " | object.replicas > 1\n | ......^\n",
    }]  # fmt: skip


def test_a_policy_with_nothing_to_say_is_reviewed_too(client: Client) -> None:
    policy(client, SHORT)
    client.wait(5)
    assert client.get("validatingadmissionpolicies", "short")["status"] == {"observedGeneration": 1, "typeChecking": {}}
