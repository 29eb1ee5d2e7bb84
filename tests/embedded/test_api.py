"""La API en proceso: lo que pasa entre pedir y guardar."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from lab_tools.embedded.api import ApiServer, Event, Options
from lab_tools.embedded.api.luck import Luck
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.store import Store
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError
from lab_tools.objects import clone, kinds
from lab_tools.objects.selector import FieldSelector, LabelSelector


@pytest.fixture
def api() -> ApiServer:
    server = ApiServer(Store(), Clock(), Luck("0"))
    server.create(kinds.NAMESPACE, {"metadata": {"name": "default"}})
    server.create(kinds.SERVICEACCOUNT, {"metadata": {"name": "default", "namespace": "default"}})
    return server


def config(name: str = "c", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **more}, "data": {"color": "azul"}}


def pod(name: str = "p", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}], **spec}}


def refused(code: int, reason: str) -> Any:
    return pytest.raises(StatusError, check=lambda error: (error.code, error.reason) == (code, reason))


def test_what_is_created_can_be_read_and_has_an_identity(api: ApiServer):
    made = api.create(kinds.CONFIGMAP, config())
    assert api.get(kinds.CONFIGMAP, "default", "c") == made
    assert made["metadata"]["namespace"] == "default"
    assert made["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert len(made["metadata"]["uid"]) == 36


def test_the_caller_keeps_its_own_object(api: ApiServer):
    mine = config()
    before = clone(mine)
    api.create(kinds.CONFIGMAP, mine)
    assert mine == before


def test_a_name_is_taken_once(api: ApiServer):
    api.create(kinds.CONFIGMAP, config())
    with refused(409, "AlreadyExists"):
        api.create(kinds.CONFIGMAP, config())


def test_a_generated_name_follows_its_base_and_the_seed():
    names = []
    for _ in range(2):
        server = ApiServer(Store(), Clock(), Luck("7"))
        server.create(kinds.NAMESPACE, {"metadata": {"name": "default"}})
        names.append(server.create(kinds.CONFIGMAP, {"metadata": {"generateName": "conf-"}})["metadata"]["name"])
    assert names[0] == names[1]
    assert names[0].startswith("conf-") and len(names[0]) == len("conf-") + 5


def test_nothing_enters_a_namespace_that_does_not_exist(api: ApiServer):
    with refused(404, "NotFound"):
        api.create(kinds.CONFIGMAP, config(), "ninguno")


def test_nothing_enters_a_namespace_that_is_going_away(api: ApiServer):
    api.create(kinds.NAMESPACE, {"metadata": {"name": "viejo"}})
    api.delete(kinds.NAMESPACE, None, "viejo")
    with refused(403, "Forbidden"):
        api.create(kinds.CONFIGMAP, config(), "viejo")


def test_a_stale_version_loses(api: ApiServer):
    first = api.create(kinds.CONFIGMAP, config())
    api.update(kinds.CONFIGMAP, {**clone(first), "data": {"color": "rojo"}})
    with refused(409, "Conflict"):
        api.update(kinds.CONFIGMAP, {**clone(first), "data": {"color": "verde"}})


def test_an_update_without_a_version_always_wins(api: ApiServer):
    api.create(kinds.CONFIGMAP, config())
    changed = api.update(kinds.CONFIGMAP, {"metadata": {"name": "c", "namespace": "default"}, "data": {"a": "b"}})
    assert changed["data"] == {"a": "b"}


def test_changing_nothing_spends_no_revision(api: ApiServer):
    made = api.create(kinds.CONFIGMAP, config())
    before = api.store.revision
    assert api.update(kinds.CONFIGMAP, clone(made))["metadata"]["resourceVersion"] == str(before)
    assert api.store.revision == before


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(api: ApiServer):
    before = api.store.revision
    assert api.create(kinds.CONFIGMAP, config(), options=Options(dry_run=True))["metadata"]["uid"]
    assert api.store.revision == before
    with refused(404, "NotFound"):
        api.get(kinds.CONFIGMAP, "default", "c")


def test_a_rehearsed_change_keeps_the_version_of_what_is_stored(api: ApiServer):
    made = api.create(kinds.CONFIGMAP, config())
    api.create(kinds.CONFIGMAP, config("otro"))
    tried = api.patch(kinds.CONFIGMAP, "default", "c", {"data": {"color": "rojo"}}, options=Options(dry_run=True))
    assert tried["data"] == {"color": "rojo"}
    assert tried["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    assert api.get(kinds.CONFIGMAP, "default", "c") == made
    new = api.create(kinds.CONFIGMAP, config("nunca"), options=Options(dry_run=True))
    assert "resourceVersion" not in new["metadata"]


def test_a_client_cannot_write_what_the_cluster_observes(api: ApiServer):
    made = api.create(kinds.POD, {**pod(), "status": {"phase": "Running"}})
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


def test_status_has_its_own_door(api: ApiServer):
    made = clone(api.create(kinds.POD, pod()))
    made["status"]["phase"], made["spec"]["containers"][0]["image"] = "Running", "otra"
    changed = api.update(kinds.POD, made, subresource="status")
    assert changed["status"]["phase"] == "Running"
    assert changed["spec"]["containers"][0]["image"] == "nginx:1.27"
    assert changed["metadata"]["generation"] == 1


def test_generation_counts_changes_of_the_wish(api: ApiServer):
    made = clone(api.create(kinds.POD, pod()))
    made["metadata"]["labels"] = {"a": "b"}
    made = clone(api.update(kinds.POD, made))
    assert made["metadata"]["generation"] == 1
    made["spec"]["containers"][0]["image"] = "nginx:1.28"
    assert api.update(kinds.POD, made)["metadata"]["generation"] == 2


def test_a_pod_without_a_node_goes_at_once_and_a_placed_one_gets_its_grace(api: ApiServer):
    api.create(kinds.POD, pod("suelto"))
    assert api.delete(kinds.POD, "default", "suelto")["status"] == "Success"
    api.create(kinds.POD, pod("atado"))
    api.update(kinds.POD, {"metadata": {"name": "atado", "namespace": "default"},
                           "target": {"kind": "Node", "name": "n"}}, subresource="binding")  # fmt: skip
    marked = api.delete(kinds.POD, "default", "atado")
    assert marked["metadata"]["deletionTimestamp"] == "2026-01-01T00:00:30Z"
    assert marked["metadata"]["deletionGracePeriodSeconds"] == 30
    assert api.delete(kinds.POD, "default", "atado", grace=0)["status"] == "Success"


def test_a_pod_is_bound_once(api: ApiServer):
    api.create(kinds.POD, pod())
    binding = {"metadata": {"name": "p", "namespace": "default"}, "target": {"kind": "Node", "name": "n"}}
    bound = api.update(kinds.POD, binding, subresource="binding")
    assert bound["spec"]["nodeName"] == "n"
    assert [one["type"] for one in bound["status"]["conditions"]] == ["PodScheduled"]
    with refused(409, "Conflict"):
        api.update(kinds.POD, binding, subresource="binding")


def test_finalizers_hold_an_object_until_the_last_one_leaves(api: ApiServer):
    api.create(kinds.CONFIGMAP, config(finalizers=["example.com/uno", "example.com/dos"]))
    assert api.delete(kinds.CONFIGMAP, "default", "c")["metadata"]["deletionTimestamp"]
    api.patch(kinds.CONFIGMAP, "default", "c", {"metadata": {"finalizers": ["example.com/dos"]}})
    assert api.get(kinds.CONFIGMAP, "default", "c")
    api.patch(kinds.CONFIGMAP, "default", "c", {"metadata": {"finalizers": None}})
    with refused(404, "NotFound"):
        api.get(kinds.CONFIGMAP, "default", "c")


def test_foreground_and_orphan_leave_their_mark(api: ApiServer):
    for policy, finalizer in (("Foreground", "foregroundDeletion"), ("Orphan", "orphan")):
        api.create(kinds.CONFIGMAP, config(policy.lower()))
        marked = api.delete(kinds.CONFIGMAP, "default", policy.lower(), propagation=policy)
        assert marked["metadata"]["finalizers"] == [finalizer]
    with refused(422, "Invalid"):
        api.delete(kinds.CONFIGMAP, "default", "orphan", propagation="Nope")


def test_the_system_namespaces_stay(api: ApiServer):
    with refused(403, "Forbidden"):
        api.delete(kinds.NAMESPACE, None, "default")


def test_a_pod_needs_its_service_account(api: ApiServer):
    with pytest.raises(StatusError, match='serviceaccount "nadie" not found'):
        api.create(kinds.POD, pod(serviceAccountName="nadie"))
    made = api.create(kinds.POD, pod())
    assert made["spec"]["containers"][0]["volumeMounts"][0]["mountPath"].endswith("/serviceaccount")


def test_services_never_share_an_address(api: ApiServer):
    made = [api.create(kinds.SERVICE, {"metadata": {"name": f"s{number}"}, "spec": {"ports": [{"port": 80}]}})
            for number in range(50)]  # fmt: skip
    addresses = {one["spec"]["clusterIP"] for one in made}
    assert len(addresses) == 50
    assert all(address.startswith("10.96.") for address in addresses)
    with pytest.raises(StatusError, match="provided IP is already allocated"):
        spec = {"clusterIP": made[0]["spec"]["clusterIP"], "ports": [{"port": 80}]}
        api.create(kinds.SERVICE, {"metadata": {"name": "ladron"}, "spec": spec})


def test_an_updated_service_keeps_its_address(api: ApiServer):
    made = api.create(kinds.SERVICE, {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})
    wanted = {"metadata": {"name": "s", "namespace": "default"}, "spec": {"ports": [{"port": 81}]}}
    assert api.update(kinds.SERVICE, wanted)["spec"]["clusterIP"] == made["spec"]["clusterIP"]


@pytest.mark.parametrize(("before", "after", "gone"), [
    ("ClusterIP", "ExternalName", {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"}),
    ("NodePort", "ClusterIP", {"externalTrafficPolicy"}),
    ("LoadBalancer", "NodePort", {"allocateLoadBalancerNodePorts"}),
])  # fmt: skip
def test_a_service_of_another_type_lets_go_of_what_it_no_longer_uses(
    api: ApiServer, before: str, after: str, gone: set[str]
):
    made = api.create(kinds.SERVICE, {"metadata": {"name": "s"}, "spec": {"type": before, "ports": [{"port": 80}]}})
    change = {"type": after, **({"externalName": "a.example"} if after == "ExternalName" else {})}
    changed = api.patch(kinds.SERVICE, "default", "s", {"spec": change})
    assert set(made["spec"]) - set(changed["spec"]) == gone


def test_a_service_of_another_type_keeps_what_is_asked_at_once(api: ApiServer):
    api.create(kinds.SERVICE, {"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}})
    change = {"type": "ClusterIP", "externalIPs": ["192.0.2.7"]}
    changed = api.patch(kinds.SERVICE, "default", "s", {"spec": change})
    assert changed["spec"]["externalTrafficPolicy"] == "Cluster"


def test_lists_filter_by_labels_and_fields(api: ApiServer):
    for name, color in (("a", "rojo"), ("b", "verde")):
        api.create(kinds.CONFIGMAP, config(name, labels={"color": color}))
    listed = api.list(kinds.CONFIGMAP, "default", labels=LabelSelector.parse("color=verde"))
    assert [one["metadata"]["name"] for one in listed.items] == ["b"]
    listed = api.list(kinds.CONFIGMAP, fields=FieldSelector.parse("metadata.name!=b"))
    assert [one["metadata"]["name"] for one in listed.items] == ["a"]
    with pytest.raises(StatusError, match=r"field label not supported: spec\.image"):
        api.list(kinds.POD, fields=FieldSelector.parse("spec.image=x"))
    with pytest.raises(StatusError, match='"data" is not a known field selector'):
        api.list(kinds.CONFIGMAP, fields=FieldSelector.parse("data=x"))
    assert api.list(kinds.CERTIFICATESIGNINGREQUEST, fields=FieldSelector.parse("spec.signerName=x")).items == []


def test_a_watch_tells_each_change_once_in_order(api: ApiServer):
    seen: list[Event] = []
    watch = api.watch(kinds.CONFIGMAP, seen.append, namespace="default", labels=LabelSelector.parse("a=b"))
    api.create(kinds.CONFIGMAP, config("uno", labels={"a": "b"}))
    api.patch(kinds.CONFIGMAP, "default", "uno", {"data": {"k": "2"}})
    api.patch(kinds.CONFIGMAP, "default", "uno", {"metadata": {"labels": {"a": None}}})
    api.create(kinds.CONFIGMAP, config("otro"))
    watch.cancel()
    api.patch(kinds.CONFIGMAP, "default", "uno", {"metadata": {"labels": {"a": "b"}}})
    assert [event.type for event in seen] == ["ADDED", "MODIFIED", "DELETED"]
    assert seen[2].object["metadata"]["labels"] == {"a": "b"}


def test_a_watch_resumes_from_a_revision_and_says_when_it_cannot(api: ApiServer):
    since = api.store.revision
    api.create(kinds.CONFIGMAP, config("uno"))
    seen: list[Event] = []
    api.watch(kinds.CONFIGMAP, seen.append, since=since)
    assert [event.object["metadata"]["name"] for event in seen] == ["uno"]
    small = ApiServer(Store(history=1), Clock(), Luck("0"))
    small.create(kinds.NAMESPACE, {"metadata": {"name": "a"}})
    small.create(kinds.NAMESPACE, {"metadata": {"name": "b"}})
    with refused(410, "Expired"):
        small.watch(kinds.NAMESPACE, seen.append, since=0)


class FullDisk:
    def append(self, record: dict[str, Any]) -> None:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_a_clear_500_and_nothing_half_made():
    server = ApiServer(Store(FullDisk()), Clock(), Luck("0"))
    with pytest.raises(StatusError, match="No space left on device") as raised:
        server.create(kinds.NAMESPACE, {"metadata": {"name": "a"}})
    assert raised.value.code == 500
    assert server.list(kinds.NAMESPACE).items == []


def test_a_certificate_request_says_who_made_it_and_is_approved_by_its_own_door(api: ApiServer) -> None:
    kind = kinds.CERTIFICATESIGNINGREQUEST
    pem = base64.b64encode(b"-----BEGIN CERTIFICATE REQUEST-----\n").decode()
    spec = {"request": pem, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"],
            "username": "otra"}  # fmt: skip
    made = api.create(kind, {"metadata": {"name": "ada"}, "spec": spec}, options=Options(user=User("ada", ("g",))))
    assert (made["spec"]["username"], made["spec"]["groups"]) == ("ada", ["g"])
    condition = {"type": "Approved", "status": "True", "reason": "Yes", "message": ""}
    changed = {**made, "spec": {**spec, "request": "eQ=="}, "status": {"conditions": [condition]}}
    approved = api.update(kind, changed, subresource="approval")
    assert (approved["spec"], approved["status"]["conditions"][0]["type"]) == (made["spec"], "Approved")


def test_an_event_of_the_new_group_must_say_who_did_what(api: ApiServer):
    old = {"metadata": {"name": "e"}, "involvedObject": {"namespace": "default", "name": "p"}}
    assert api.create(kinds.EVENT, old, "default")["metadata"]["name"] == "e"
    with refused(422, "Invalid") as refusal:
        api.create(kinds.EVENT_NEW, {"metadata": {"name": "n"}}, "default")
    assert [one["field"] for one in refusal.value.details["causes"]] == ["eventTime", "type"]
    said = {"eventTime": "2026-01-01T00:00:00.000000Z", "type": "Normal", "reason": "R", "action": "A",
            "reportingController": "aula/yo", "reportingInstance": "yo-1"}  # fmt: skip
    made = api.create(kinds.EVENT_NEW, {"metadata": {"name": "n"}, **said}, "default")
    with refused(422, "Invalid") as refusal:
        api.update(kinds.EVENT_NEW, {**made, "note": "otra cosa"})
    assert [one["field"] for one in refusal.value.details["causes"]] == ["message"]
