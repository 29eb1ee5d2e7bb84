"""Pod Security: lo que un Namespace exige a sus Pods, y de qué avisa a quien los crea."""

from __future__ import annotations

import pytest

from lab_tools.embedded.api import Options
from lab_tools.errors import StatusError
from lab_tools.objects import kinds, pod_security

SAFE = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"}}  # fmt: skip


def label(world, mode, level, options=None):
    patch = {"metadata": {"labels": {f"pod-security.kubernetes.io/{mode}": level}}}
    options = options or Options(manager="kubectl")
    world.api.patch(kinds.NAMESPACE, None, "default", patch, "merge", options=options)
    return options.warnings


def pod(**security):
    return {"spec": {"containers": [{"name": "c", "image": "x", "securityContext": security}]}}


def refused(world, **spec):
    with pytest.raises(StatusError) as caught:
        world.pod("p", **spec)
    assert (caught.value.code, caught.value.reason) == (403, "Forbidden")
    return caught.value.message


def test_a_level_is_enforced_on_pods_alone(world):
    label(world, "enforce", "restricted")
    assert refused(world) == (
        'pods "p" is forbidden: violates PodSecurity "restricted:latest": '
        'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), '
        'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), '
        'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), '
        'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
        '"Localhost")'
    )
    world.deployment("web", replicas=1)
    world.until(lambda: world.condition("deployment", "web", "ReplicaFailure").get("reason") == "FailedCreate")
    assert world.all("pods") == []


def test_a_pod_that_complies_enters(world):
    label(world, "enforce", "restricted")
    world.pod("p", containers=[{"name": "c", "image": "nginx:1.27", "securityContext": SAFE}])


def test_a_warning_lets_pass_and_reaches_who_asks(world):
    label(world, "warn", "baseline")
    options = Options(manager="kubectl")
    body = {"metadata": {"name": "p"}, "spec": {"hostNetwork": True, "containers": [{"name": "c", "image": "x"}]}}
    world.api.create(kinds.POD, body, "default", options)
    assert options.warnings == ['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)']


def test_who_makes_pods_is_warned_about_them(world):
    label(world, "warn", "baseline")
    options = Options(manager="kubectl")
    privileged = {"name": "c", "image": "x", "securityContext": {"privileged": True}}
    template = {"spec": {"restartPolicy": "Never", "containers": [privileged]}}
    job = {"jobTemplate": {"spec": {"template": template}}, "schedule": "* * * * *"}
    world.api.create(kinds.CRONJOB, {"metadata": {"name": "j"}, "spec": job}, "default", options)
    assert options.warnings == ['would violate PodSecurity "baseline:latest": privileged '
                                '(container "c" must not set securityContext.privileged=true)']  # fmt: skip


def test_tightening_a_namespace_tells_who_would_not_enter(world):
    world.pod("a")
    world.pod("b")
    assert label(world, "enforce", "restricted") == [
        'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"',
        "a (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, "
        "seccompProfile",
    ]
    assert label(world, "enforce", "privileged") == []


def test_components_receive_no_warnings(world):
    label(world, "warn", "restricted")
    from lab_tools.embedded.api.protocol import DEFAULT

    world.pod("p")
    assert DEFAULT.warnings == []


@pytest.mark.parametrize(("spec", "said"), [
    (pod(privileged=True), 'privileged (container "c" must not set securityContext.privileged=true)'),
    (pod(capabilities={"add": ["SYS_TIME", "CHOWN"]}),
     'non-default capabilities (container "c" must not include "SYS_TIME" in securityContext.capabilities.add)'),
    (pod(seccompProfile={"type": "Unconfined"}),
     'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")'),
    (pod(appArmorProfile={"type": "Unconfined"}),
     'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")'),
    (pod(procMount="Unmasked"),
     'procMount (container "c" must not set securityContext.procMount to "Unmasked")'),
    (pod(seLinuxOptions={"type": "spc_t", "user": "u"}),
     'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; '
     "user may not be set)"),
    ({"spec": {"containers": [{"name": "c", "ports": [{"hostPort": 80}]}]}},
     'hostPort (container "c" uses hostPort 80)'),
    ({"spec": {"containers": [], "securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}},
     "forbidden sysctls (kernel.msgmax)"),
    ({"spec": {"containers": [], "volumes": [{"name": "v", "hostPath": {"path": "/"}}]}},
     'hostPath volumes (volume "v")'),
    ({"spec": {"containers": [], "hostPID": True, "hostIPC": True}}, "host namespaces (hostPID=true, hostIPC=true)"),
])  # fmt: skip
def test_baseline_refuses(spec, said):
    assert pod_security.violations("baseline", spec) == [said]


@pytest.mark.parametrize(("change", "said"), [
    ({"runAsUser": 0}, 'runAsUser=0 (container "c" must not set runAsUser=0)'),
    ({"runAsNonRoot": False},
     'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)'),
    ({"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}},
     'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)'),
])  # fmt: skip
def test_restricted_refuses(change, said):
    assert pod_security.violations("restricted", pod(**{**SAFE, **change})) == [said]


def test_restricted_allows_few_kinds_of_volume():
    spec = pod(**SAFE)
    spec["spec"]["volumes"] = [{"name": "a", "emptyDir": {}}, {"name": "b", "nfs": {"server": "s", "path": "/"}}]
    assert pod_security.violations("restricted", spec) == [
        'restricted volume types (volume "b" uses restricted volume type "nfs")'
    ]
