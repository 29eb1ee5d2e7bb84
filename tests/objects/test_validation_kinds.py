"""Cada tipo se niega a lo suyo, con la ruta y las palabras del servidor real, y acepta lo que vale."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.objects import clone, defaults, kinds, validation
from lab_tools.objects.decode import decode
from lab_tools.objects.validation import RULES

CONTAINER = {"name": "c", "image": "nginx:1.27"}
TEMPLATE = {"spec": {"containers": [CONTAINER]}}
ONCE = {"spec": {"containers": [CONTAINER], "restartPolicy": "Never"}}
BLOCK = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
ID = "must be between 0 and 2147483647, inclusive"
NOT_NEGATIVE = "must be greater than or equal to 0"
Refusals = dict[str, str]


def ready(kind: kinds.Kind, body: dict[str, Any]) -> dict[str, Any]:
    obj, _ = decode(kind, clone({"metadata": {"name": "uno"}, **body}), "Strict")
    defaults.apply(kind, obj)
    if kind.namespaced:
        obj["metadata"].setdefault("namespace", "aula")
    return obj


def refusals(word: str, body: dict[str, Any]) -> Refusals:
    kind = kinds.named(word)
    return {one.field: one.message for one in validation.validate_create(kind, ready(kind, body))}


def in_spec(**spec: Any) -> dict[str, Any]:
    return {"spec": spec}


def pod(**spec: Any) -> dict[str, Any]:
    return in_spec(**{"containers": [CONTAINER], **spec})


def secure(**context: Any) -> dict[str, Any]:
    return pod(containers=[{**CONTAINER, "securityContext": context}])


def job(**spec: Any) -> dict[str, Any]:
    return in_spec(**{"template": ONCE, **spec})


def indexed(**spec: Any) -> dict[str, Any]:
    return job(completionMode="Indexed", completions=3, **spec)


def failing(**rule: Any) -> dict[str, Any]:
    return job(podFailurePolicy={"rules": [rule]})


def enough(**rule: Any) -> dict[str, Any]:
    return indexed(successPolicy={"rules": [rule]})


def spread(*constraints: dict[str, Any]) -> dict[str, Any]:
    base = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    return pod(topologySpreadConstraints=[{**base, **one} for one in constraints])


def volume(**source: Any) -> dict[str, Any]:
    return pod(volumes=[{"name": "v", **source}])


def scaler(kind: str, **source: Any) -> dict[str, Any]:
    metric = {"type": kind, kind[0].lower() + kind[1:]: source}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    return in_spec(maxReplicas=2, scaleTargetRef=target, metrics=[metric])


def service(**spec: Any) -> dict[str, Any]:
    return in_spec(**{"ports": [{"port": 80}], **spec})


def disk(**spec: Any) -> dict[str, Any]:
    return in_spec(accessModes=["ReadWriteOnce"], capacity={"storage": "1Gi"}, **spec)


def stateful(**spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, **TEMPLATE}
    return in_spec(selector={"matchLabels": {"a": "b"}}, template=template, **spec)


def flow(*rules: dict[str, Any]) -> dict[str, Any]:
    return in_spec(priorityLevelConfiguration={"name": "global-default"}, rules=list(rules))


def limited(response: dict[str, Any], **others: Any) -> dict[str, Any]:
    return in_spec(type="Limited", limited={"limitResponse": response, **others})


def asked(**devices: Any) -> dict[str, Any]:
    return in_spec(devices=devices)


def sliced(**spec: Any) -> dict[str, Any]:
    return in_spec(driver="d.es", pool={"name": "p", "resourceSliceCount": 1, "generation": 0}, **spec)


ONE_GPU = {"name": "gpu", "exactly": {"deviceClassName": "gpu.ejemplo.es"}}
EXACTLY = "spec.devices.requests[0].exactly"
RULE = "spec.podFailurePolicy.rules[0]"
WON = "spec.successPolicy.rules[0]"
SPREAD = "spec.topologySpreadConstraints[0]"
INSIDE = "spec.containers[0].securityContext"
TARGET = {"type": "Value", "value": "1"}

CASES: list[tuple[str, dict[str, Any], Refusals]] = [
    # Pods: con qué privilegios
    ("pod", pod(securityContext={"runAsUser": -1, "supplementalGroups": [1, -2]}),
     {"spec.securityContext.runAsUser": f"Invalid value: -1: {ID}",
      "spec.securityContext.supplementalGroups[1]": f"Invalid value: -2: {ID}"}),
    ("pod", pod(securityContext={"seccompProfile": {"type": "Localhost"}}),
     {"spec.securityContext.seccompProfile.localhostProfile":
      "Required value: must be set when seccomp type is Localhost"}),
    ("pod", pod(securityContext={"sysctls": [{"name": "A B", "value": "1"}]}),
     {"spec.securityContext.sysctls[0].name": 'Invalid value: "A B": must have at most 253 characters and match regex '
      r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"}),
    ("pod", pod(hostPID=True, shareProcessNamespace=True),
     {"spec.securityContext.shareProcessNamespace":
      "Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled"}),
    ("pod", secure(runAsGroup=-1, procMount="Otro"),
     {f"{INSIDE}.runAsGroup": f"Invalid value: -1: {ID}",
      f"{INSIDE}.procMount": 'Unsupported value: "Otro": supported values: "Default", "Unmasked"'}),
    ("pod", secure(appArmorProfile={"type": "Otro"}),
     {f"{INSIDE}.appArmorProfile.type":
      'Unsupported value: "Otro": supported values: "Localhost", "RuntimeDefault", "Unconfined"'}),
    ("pod", secure(privileged=True, allowPrivilegeEscalation=False),
     {INSIDE: 'Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,'
      '"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,'
      '"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set '
      "`allowPrivilegeEscalation` to false and `privileged` to true"}),
    # Pods: dónde y con qué red
    ("pod", spread({"minDomains": 2, "matchLabelKeys": ["a"]}),
     {f"{SPREAD}.minDomains":
      "Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
      f"{SPREAD}.matchLabelKeys": "Forbidden: must not be specified when labelSelector is not set"}),
    ("pod", spread({}, {}),
     {f"{SPREAD}.{{topologyKey, whenUnsatisfiable}}": 'Duplicate value: "{zone, ScheduleAnyway}"'}),
    ("pod", pod(dnsPolicy="None"),
     {"spec.dnsConfig": "Required value: must provide `dnsConfig` when `dnsPolicy` is None"}),
    ("pod", pod(dnsConfig={"nameservers": ["1.1.1.1", "1.1.1.2", "1.1.1.3", "x"]}),
     {"spec.dnsConfig.nameservers":
      'Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","x"]: must not have more than 3 nameservers',
      "spec.dnsConfig.nameservers[3]": 'Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
      "2001:db8::ffff)"}),
    ("pod", pod(schedulingGates=[{"name": "a"}, {"name": "a"}], os={"name": "plan9"}, nodeName="n"),
     {"spec.schedulingGates[1]": 'Duplicate value: "a"',
      "spec.os.name": 'Unsupported value: "plan9": supported values: "linux", "windows"',
      "spec.nodeName": "Forbidden: cannot be set until all schedulingGates have been cleared"}),
    ("pod", pod(hostNetwork=True, containers=[{**CONTAINER, "ports": [{"containerPort": 80, "hostPort": 81}]}]),
     {"spec.containers[0].ports[0].containerPort":
      "Invalid value: 80: must match `hostPort` when `hostNetwork` is true"}),
    # Pods: volúmenes
    ("pod", volume(downwardAPI={"items": [{"path": "x"}]}),
     {"spec.volumes[0].downwardAPI.items[0]": "Required value: must specify one of: fieldRef and resourceFieldRef"}),
    ("pod", volume(projected={"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 5}}]}),
     {"spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds":
      "Invalid value: 5: may not specify a duration less than 10 minutes"}),
    ("pod", volume(ephemeral={}), {"spec.volumes[0].ephemeral.volumeClaimTemplate": "Required value"}),
    ("pod", volume(nfs={"server": "s", "path": "datos"}),
     {"spec.volumes[0].nfs.path": 'Invalid value: "datos": must be an absolute path'}),
    # Jobs
    ("job", job(backoffLimitPerIndex=1),
     {"spec.backoffLimitPerIndex": "Invalid value: 1: requires indexed completion mode"}),
    ("job", indexed(maxFailedIndexes=5),
     {"spec.backoffLimitPerIndex": "Required value: when maxFailedIndexes is specified",
      "spec.maxFailedIndexes": "Invalid value: 5: must be less than or equal to completions"}),
    ("job", indexed(parallelism=100_001),
     {"spec.parallelism": "Invalid value: 100001: must be less than or equal to 100000 when completion mode is "
      "Indexed"}),
    ("job", failing(action="FailIndex", onExitCodes={"operator": "In", "values": [0]}),
     {f"{RULE}.action": 'Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
      f"{RULE}.onExitCodes.values[0]": "Invalid value: 0: must not be 0 for the In operator"}),
    ("job", failing(action="FailJob", onExitCodes={"containerName": "x", "operator": "In", "values": [3, 1, 1]}),
     {f"{RULE}.onExitCodes.containerName":
      'Invalid value: "x": must be one of the container or initContainer names in the pod template',
      f"{RULE}.onExitCodes.values[2]": "Duplicate value: 1",
      f"{RULE}.onExitCodes.values": "Invalid value: [3,1,1]: must be ordered"}),
    ("job", failing(action="Nada"),
     {f"{RULE}.action": 'Unsupported value: "Nada": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
      RULE: "Invalid value: specifying one of OnExitCodes and OnPodConditions is required"}),
    ("job", {"spec": {"template": {"spec": {**ONCE["spec"], "restartPolicy": "OnFailure"}},
                      "podFailurePolicy": {"rules": []}}},
     {"spec.template.spec.restartPolicy":
      'Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified'}),
    ("job", job(podFailurePolicy={"rules": []}, podReplacementPolicy="TerminatingOrFailed"),
     {"spec.podReplacementPolicy": 'Unsupported value: "TerminatingOrFailed": supported values: "Failed"'}),
    ("job", enough(), {WON: "Required value: at least one of succeededCount or succeededIndexes must be specified"}),
    ("job", enough(succeededIndexes="0-1", succeededCount=3),
     {f"{WON}.succeededCount": "Invalid value: 3: must be less than or equal to 2 (the number of indexes in the "
      "specified succeededIndexes field)"}),
    ("job", enough(succeededIndexes="2,1"),
     {f"{WON}.succeededIndexes": 'Invalid value: "2,1": error parsing succeededIndexes: non-increasing order, '
      "previous: 2, current: 1"}),
    ("job", enough(succeededIndexes="7"),
     {f"{WON}.succeededIndexes": 'Invalid value: "7": error parsing succeededIndexes: too large index: "7"'}),
    ("job", enough(succeededIndexes="a"),
     {f"{WON}.succeededIndexes": 'Invalid value: "a": error parsing succeededIndexes: cannot convert string to integer '
      'for index: "a"'}),
    ("job", job(manualSelector=True, selector={"matchLabels": {"a": "b"}}),
     {"spec.template.metadata.labels": "Invalid value: null: `selector` does not match template `labels`"}),
    ("cronjob", in_spec(schedule="0 * * * *", jobTemplate={"spec": {"template": ONCE, "manualSelector": True}}),
     {"spec.jobTemplate.spec.manualSelector": 'Unsupported value: true: supported values: "nil", "false"'}),
    # Quienes hacen Pods, y sus plantillas
    ("podtemplate", {"template": {"spec": {"containers": []}}}, {"template.spec.containers": "Required value"}),
    ("controllerrevision", {"revision": -1},
     {"data": "Required value: data is mandatory", "revision": f"Invalid value: -1: {NOT_NEGATIVE}"}),
    ("statefulset", stateful(ordinals={"start": -1}, serviceName="A_", revisionHistoryLimit=-1,
                             persistentVolumeClaimRetentionPolicy={"whenDeleted": "x", "whenScaled": "Retain"}),
     {"spec.ordinals.start": f"Invalid value: -1: {NOT_NEGATIVE}",
      "spec.revisionHistoryLimit": f"Invalid value: -1: {NOT_NEGATIVE}",
      "spec.persistentVolumeClaimRetentionPolicy.whenDeleted":
      'Unsupported value: "x": supported values: "Retain", "Delete"',
      "spec.serviceName": 'Invalid value: "A_": a lowercase RFC 1123 label must consist of lower case alphanumeric '
      "characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
      "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"}),
    # Autoescalado
    ("hpa", scaler("Pods", metric={"name": "m"}, target={"type": "Value", "value": "1"}),
     {"spec.metrics[0].pods.target.averageValue": "Required value: must specify a positive target averageValue"}),
    ("hpa", scaler("External", metric={"name": "a/b"}, target={"type": "Value"}),
     {"spec.metrics[0].external.metric.name": "Invalid value: \"a/b\": may not contain '/'",
      "spec.metrics[0].external.target.averageValue":
      "Required value: must set either a target value for metric or a per-pod target"}),
    ("hpa", scaler("Object", describedObject={"kind": "", "name": "o", "apiVersion": "v1"}, metric={"name": "m"},
                   target={"type": "Value", "value": "0"}),
     {"spec.metrics[0].object.describedObject.kind": "Required value",
      "spec.metrics[0].object.target.value": 'Invalid value: "0": must be positive'}),
    ("hpa", scaler("ContainerResource", name="cpu", container="", target={"type": "Utilization",
                                                                         "averageUtilization": 5}),
     {"spec.metrics[0].containerResource.container": "Required value: must specify a container"}),
    ("hpa", scaler("Resource", name="", target={"type": "Utilization", "averageUtilization": 5}),
     {"spec.metrics[0].resource.name": "Required value: must specify a resource name"}),
    # Red
    ("service", service(externalTrafficPolicy="Local", loadBalancerSourceRanges=["1.1.1.1"]),
     {"spec.externalTrafficPolicy": 'Invalid value: "Local": may only be set for externally-accessible services',
      "spec.loadBalancerSourceRanges[0]": f'Invalid value: "1.1.1.1": {BLOCK}',
      "spec.loadBalancerSourceRanges": "Forbidden: may only be used when `type` is 'LoadBalancer'"}),
    ("service", service(ipFamilies=["IPv5"], externalIPs=["127.0.0.1"], trafficDistribution="Lejos"),
     {"spec.ipFamilies[0]": 'Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
      "spec.externalIPs[0]": 'Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      "spec.trafficDistribution": 'Unsupported value: "Lejos": supported values: "PreferClose", "PreferSameNode", '
      '"PreferSameZone"'}),
    ("endpoints", {"subsets": [{"ports": [{"port": 0}]}]},
     {"subsets[0]": "Required value: must specify `addresses` or `notReadyAddresses`",
      "subsets[0].ports[0].port": "Invalid value: 0: must be between 1 and 65535, inclusive"}),
    ("endpoints", {"subsets": [{"addresses": [{"ip": "169.254.1.1"}]}]},
     {"subsets[0].addresses[0].ip":
      'Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)'}),
    ("endpointslice", {"addressType": "IPv4", "endpoints": [{"addresses": ["0.0.0.0"]}]},
     {"endpoints[0].addresses[0]": 'Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)'}),
    ("ingress", in_spec(rules=[{"host": "1.2.3.4"}], tls=[{"hosts": ["*.a"], "secretName": "s"}]),
     {"spec.rules[0].host": 'Invalid value: "1.2.3.4": must be a DNS name, not an IP address'}),
    ("ingressclass", in_spec(controller="a/b", parameters={"kind": "K", "name": "", "scope": "Namespace"}),
     {"spec.parameters.name": "Required value: name is required",
      "spec.parameters.namespace": "Required value: `parameters.scope` is set to 'Namespace'"}),
    # Almacenamiento
    ("pv", disk(local={"path": "/a"}), {"spec.nodeAffinity": "Required value: Local volume requires node affinity"}),
    ("pv", disk(csi={"driver": "d", "volumeHandle": ""}, nodeAffinity={}),
     {"spec.csi.volumeHandle": "Required value",
      "spec.nodeAffinity.required": "Required value: must specify required node constraints"}),
    ("storageclass", {"provisioner": "a b", "allowedTopologies": [{"matchLabelExpressions": [
        {"key": "zone", "values": []}]}]},
     {"provisioner": "Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
      "must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
      "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "allowedTopologies[0].matchLabelExpressions[0].values": "Required value"}),
    ("csidriver", in_spec(volumeLifecycleModes=["x"], tokenRequests=[{"audience": "a"}, {"audience": "a"}]),
     {"spec.volumeLifecycleModes": 'Unsupported value: "x": supported values: "Persistent", "Ephemeral"',
      "spec.tokenRequests[1].audience": 'Duplicate value: "a"'}),
    ("csinode", in_spec(drivers=[{"name": "d", "nodeID": "", "allocatable": {"count": -1}}]),
     {"spec.drivers[0].nodeID": "Required value",
      "spec.drivers[0].allocatable.count": f"Invalid value: -1: {NOT_NEGATIVE}"}),
    ("volumeattachment", in_spec(attacher="", source={}, nodeName="n"),
     {"spec.attacher": "Required value",
      "spec.source": "Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName"}),
    # Lo demás
    ("runtimeclass", {"handler": "a.b"}, {"handler": 'Invalid value: "a.b": must not contain dots'}),
    ("priorityclass", {"metadata": {"name": "system-mia"}, "value": 1},
     {"metadata.name": "Forbidden: priority class names with 'system-' prefix are reserved for system use only. "
      "error: system-mia is not a known system priority class"}),
    ("priorityclass", {"value": 1, "preemptionPolicy": "Otra"},
     {"preemptionPolicy": 'Unsupported value: "Otra": supported values: "PreemptLowerPriority", "Never"'}),
    ("lease", in_spec(leaseDurationSeconds=0),
     {"spec.leaseDurationSeconds": "Invalid value: 0: must be greater than 0"}),
    ("pdb", in_spec(minAvailable="200%"),
     {"spec.minAvailable": 'Invalid value: "200%": must not be greater than 100%'}),
    ("quota", in_spec(hard={"pods": "1.5", "count/jobs.batch": "2"}),
     {"spec.hard[pods]": 'Invalid value: "1500m": must be an integer'}),
    ("quota", in_spec(hard={"raro": "1"}), {"spec.hard[raro]": 'Invalid value: "raro": must be a standard resource for '
                                            "quota"}),
    ("events", {"eventTime": "2026-01-01T00:00:00.000000Z", "involvedObject": {"namespace": "aula"}, "reason": "r",
                "action": "a", "reportingComponent": "a b", "reportingInstance": ""},
     {"reportingController": "Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or "
      "'.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex "
      "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "reportingInstance": "Required value"}),
    # Direcciones
    ("ipaddress", {"metadata": {"name": "10.0.0.010"}, "spec": {"parentRef": {"resource": "services", "name": ""}}},
     {"metadata.name": 'Invalid value: "10.0.0.010": must not have leading 0s',
      "spec.parentRef.name": "Required value"}),
    ("ipaddress", {"metadata": {"name": "2001:DB8::1"}},
     {"metadata.name": 'Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
      "spec.parentRef": "Required value"}),
    ("servicecidr", in_spec(cidrs=[]), {"spec.cidrs": "Required value: at least one CIDR required"}),
    ("servicecidr", in_spec(cidrs=["10.0.0.0/8", "11.0.0.0/8"]),
     {"spec.cidrs": 'Invalid value: {"CIDRs":["10.0.0.0/8","11.0.0.0/8"]}: may specify no more than one IP for each '
      "IP family, i.e 192.168.0.0/24 and 2001:db8::/64"}),
    ("servicecidr", in_spec(cidrs=["10.0.0.1/8"]),
     {"spec.cidrs[0]": 'Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length'}),
    ("vac", {"driverName": "a b"},
     {"driverName": "Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
      "must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
      "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "parameters": "Required value: must contain at least one key/value pair"}),
    # El reparto de la API
    ("flowschema", in_spec(matchingPrecedence=1, distinguisherMethod={"type": "x"}),
     {"spec.matchingPrecedence": "Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      "spec.distinguisherMethod.type": 'Unsupported value: {"Type":"x"}: supported values: "ByNamespace", "ByUser"',
      "spec.priorityLevelConfiguration.name": "Required value: must reference a priority level"}),
    ("flowschema", flow({}),
     {"spec.rules[0].subjects": "Required value: subjects must contain at least one value",
      "spec.rules[0]": "Required value: at least one of resourceRules and nonResourceRules has to be non-empty"}),
    ("flowschema", flow({"subjects": [{"kind": "User", "group": {"name": "g"}}, {"kind": "Otro"}],
                         "nonResourceRules": [{"verbs": ["*", "get"], "nonResourceURLs": ["/a*"]}]}),
     {"spec.rules[0].subjects[0].user": "Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[0].group": "Forbidden: group is forbidden when subject kind is not 'Group'",
      "spec.rules[0].subjects[1].kind":
      'Unsupported value: "Otro": supported values: "Group", "ServiceAccount", "User"',
      "spec.rules[0].nonResourceRules[0].verbs":
      'Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
      "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]":
      'Invalid value: "/a*": wildcard can only do suffix matching'}),
    ("flowschema", flow({"subjects": [{"kind": "ServiceAccount", "serviceAccount": {"name": "*"}}],
                         "resourceRules": [{"verbs": ["mirar"], "apiGroups": ["*"], "resources": ["pods"]}]}),
     {"spec.rules[0].subjects[0].serviceAccount.namespace":
      "Required value: must specify namespace for service account",
      "spec.rules[0].resourceRules[0].verbs": 'Unsupported value: ["mirar"]: supported values: "create", "delete", '
      '"deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      "spec.rules[0].resourceRules[0].namespaces": "Required value: resource rules that are not cluster scoped must "
      "supply at least one namespace"}),
    ("prioritylevelconfiguration", in_spec(type="Exempt", limited={"limitResponse": {"type": "Reject"}}),
     {"spec.type": 'Invalid value: "Exempt": type must be \'Exempt\' if and only if name is \'exempt\'',
      "spec.limited": "Forbidden: must be nil if the type is not Limited"}),
    ("prioritylevelconfiguration", limited({"type": "Queue", "queuing": {"queues": 4, "handSize": 8}}),
     {"spec.limited.limitResponse.queuing.handSize":
      "Invalid value: 8: should not be greater than queues (4)"}),
    ("prioritylevelconfiguration", limited({"type": "Queue", "queuing": {"queues": 512}}, lendablePercent=101),
     {"spec.limited.limitResponse.queuing.handSize": "Invalid value: 8: required entropy bits of deckSize 512 and "
      "handSize 8 should not be greater than 60",
      "spec.limited.lendablePercent": "Invalid value: 101: must be between 0 and 100, inclusive"}),
    # Dispositivos
    ("resourceclaim", asked(requests=[{"name": "r"}, {"name": "r", "exactly": {"deviceClassName": ""}}]),
     {"spec.devices.requests[0]": "Required value: exactly one of `exactly` or `firstAvailable` is required",
      "spec.devices.requests[1].exactly.deviceClassName": "Required value",
      "spec.devices.requests[1]": 'Duplicate value: "r"'}),
    ("resourceclaim", asked(requests=[ONE_GPU], constraints=[{"requests": ["otra"], "matchAttribute": "sin"}],
                            config=[{"opaque": {"driver": "d.es", "parameters": [1]}}]),
     {"spec.devices.constraints[0].requests[0]": 'Invalid value: "otra": must be the name of a request in the claim '
      "or the name of a request and a subrequest separated by '/'",
      "spec.devices.constraints[0].matchAttribute": 'Invalid value: "sin": a fully qualified name must be a domain and '
      "a name separated by a slash",
      "spec.devices.config[0].opaque.parameters":
      'Invalid value: "<value omitted>": must be a valid JSON object'}),
    ("resourceclaim", asked(requests=[{"name": "r", "exactly": {
        "deviceClassName": "c", "allocationMode": "All", "count": 2, "selectors": [{"cel": {"expression": "1"}}, {}],
        "tolerations": [{"key": "k", "operator": "Exists", "value": "v"}]}}]),
     {f"{EXACTLY}.count": "Invalid value: 2: must not be specified when allocationMode is 'All'",
      f"{EXACTLY}.selectors[0].cel.expression":
      'Invalid value: "1": must evaluate to bool or the unknown type, not int',
      f"{EXACTLY}.selectors[1].cel": "Required value",
      f"{EXACTLY}.tolerations[0].value": 'Invalid value: "v": must be empty for operator `Exists`'}),
    ("resourceclaimtemplate",
     in_spec(spec={"devices": {"requests": [{"name": "r"}]}}, metadata={"labels": {"a": "b c"}}),
     {"spec.metadata.labels": "Invalid value: \"b c\": a valid label must be an empty string or consist of "
      "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
      "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
      "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      "spec.spec.devices.requests[0]": "Required value: exactly one of `exactly` or `firstAvailable` is required"}),
    ("deviceclass", in_spec(config=[{}], extendedResourceName="cpu"),
     {"spec.config[0].opaque": "Required value",
      "spec.extendedResourceName": 'Invalid value: "cpu": must be a valid extended resource name'}),
    ("resourceslice", in_spec(driver="", pool={"name": "p", "resourceSliceCount": 0, "generation": -1}, allNodes=False),
     {"spec.driver": "Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
      "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
      "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "spec.pool.resourceSliceCount": "Invalid value: 0: must be greater than zero",
      "spec.pool.generation": "Invalid value: -1: must be greater than or equal to zero",
      "spec.allNodes": "Invalid value: false: must be either unset or set to true",
      "spec": "Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is "
      "required"}),
    ("resourceslice", sliced(nodeName="n", allNodes=True, devices=[
        {"name": "d", "nodeName": "n", "attributes": {"a-b": {"string": "x"}, "v": {"version": "1.2"}, "n": {}},
         "taints": [{"key": "k", "effect": "Otro"}], "bindingConditions": ["a"]}]),
     {"spec": 'Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, '
      "`perDeviceNodeSelection` is required, but multiple fields are set",
      "spec.devices[0].attributes": "Invalid value: \"a-b\": a valid C identifier must start with alphabetic character "
      "or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', "
      "regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')",
      "spec.devices[0].attributes[v].version":
      'Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0',
      "spec.devices[0].attributes[n]": 'Invalid value: "": exactly one value must be specified',
      "spec.devices[0].taints[0].effect":
      'Unsupported value: "Otro": supported values: "NoExecute", "NoSchedule", "None"',
      "spec.devices[0]": "Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if "
      "`perDeviceNodeSelection` is set to true in the ResourceSlice spec",
      "spec.devices[0].bindingFailureConditions": "Invalid value: null: bindingFailureConditions are required to use "
      "bindingConditions"}),
    ("resourceslice", sliced(allNodes=True, sharedCounters=[{"name": "c", "counters": {}}]),
     {"spec.sharedCounters[0].counters": "Required value"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "body", "expected"), CASES, ids=[f"{word}-{at}" for at, (word, *_) in enumerate(CASES)]
)
def test_a_refusal_says_where_and_why(word: str, body: dict[str, Any], expected: Refusals) -> None:
    assert refusals(word, body) == expected


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("pod", secure(runAsUser=1000, capabilities={"drop": ["ALL"]}, allowPrivilegeEscalation=False,
                   seccompProfile={"type": "RuntimeDefault"})),
    ("pod", spread({"minDomains": 2, "whenUnsatisfiable": "DoNotSchedule"}, {"whenUnsatisfiable": "ScheduleAnyway"})),
    ("pod", pod(dnsPolicy="None", dnsConfig={"nameservers": ["10.0.0.10"], "searches": ["aula.local."]})),
    ("pod", volume(downwardAPI={"items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.labels['app']"}}]})),
    ("job", indexed(backoffLimitPerIndex=1, maxFailedIndexes=2)),
    ("job", enough(succeededIndexes="0,2", succeededCount=1)),
    ("job", failing(action="FailJob", onExitCodes={"containerName": "c", "operator": "In", "values": [1, 42]})),
    ("hpa", scaler("Pods", metric={"name": "m"}, target={"type": "AverageValue", "averageValue": "1"})),
    ("service", service(type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0/8"], externalTrafficPolicy="Local")),
    ("service", service(externalIPs=["10.1.2.3"], ipFamilies=["IPv4"])),
    ("endpoints", {"subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]}),
    ("pv", disk(local={"path": "/a"}, nodeAffinity={"required": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["n"]}]}]}})),
    ("runtimeclass", {"handler": "runc"}),
    ("priorityclass", {"metadata": {"name": "system-node-critical"}, "value": 2000001000}),
    ("volumeattachment", in_spec(attacher="d", source={"persistentVolumeName": "v"}, nodeName="n")),
    ("quota", in_spec(hard={"count/jobs.batch": "2", "requests.nvidia.com/gpu": "1", "requests.cpu": "500m",
                            "gold.storageclass.storage.k8s.io/requests.storage": "1Gi"})),
    ("lease", in_spec(holderIdentity="yo", leaseDurationSeconds=15)),
    ("ipaddress", {"metadata": {"name": "10.96.0.1"},
                   "spec": {"parentRef": {"resource": "services", "name": "s", "namespace": "aula"}}}),
    ("servicecidr", in_spec(cidrs=["10.97.0.0/16", "fd00:1::/112"])),
    ("vac", {"driverName": "d.es", "parameters": {"iops": "3000"}}),
    ("flowschema", flow({"subjects": [{"kind": "Group", "group": {"name": "system:authenticated"}}],
                         "resourceRules": [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"],
                                            "namespaces": ["*"]}],
                         "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["/healthz/*", "/"]}]})),
    ("prioritylevelconfiguration", limited({"type": "Queue", "queuing": {}})),
    ("prioritylevelconfiguration", {"metadata": {"name": "exempt"}, "spec": {"type": "Exempt"}}),
    ("resourceclaim", asked(requests=[ONE_GPU, {"name": "una", "firstAvailable": [
        {"name": "a", "deviceClassName": "c"}, {"name": "b", "deviceClassName": "c"}]}],
                            constraints=[{"requests": ["una/a", "gpu"], "matchAttribute": "d.es/modelo"}],
                            config=[{"requests": ["gpu"], "opaque": {"driver": "d.es", "parameters": {"a": 1}}}])),
    ("resourceclaimtemplate", in_spec(spec={"devices": {"requests": [ONE_GPU]}})),
    ("deviceclass", in_spec(extendedResourceName="ejemplo.es/gpu", selectors=[{"cel": {"expression":
        "device.driver == 'd.es' && device.attributes['d.es'].version.isGreaterThan(semver('1.0.0')) && "
        "device.capacity['d.es'].memory.compareTo(quantity('1Gi')) >= 0"}}])),
    ("resourceslice", sliced(perDeviceNodeSelection=True, devices=[
        {"name": "d", "nodeName": "n", "attributes": {"d.es/modelo": {"string": "x"}, "v": {"version": "1.2.0-rc.1"}},
         "capacity": {"memory": {"value": "1Gi"}}, "consumesCounters": [{"counterSet": "c", "counters": {
             "m": {"value": "1"}}}]}])),
]  # fmt: skip


@pytest.mark.parametrize(("word", "body"), GOOD, ids=[f"{word}-{at}" for at, (word, _) in enumerate(GOOD)])
def test_what_is_right_is_accepted(word: str, body: dict[str, Any]) -> None:
    assert refusals(word, body) == {}


def test_a_job_chooses_its_pods_by_its_own_labels() -> None:
    body = job(selector={"matchLabels": {"a": "b"}})
    body["spec"]["template"] = {**ONCE, "metadata": {"labels": {"a": "b"}}}
    obj = ready(kinds.JOB, {**body, "metadata": {"name": "j", "uid": "u-1"}})
    told = [one.message for one in validation.validate(kinds.JOB, obj)]
    assert told == ['Invalid value: {"matchLabels":{"a":"b"}}: `selector` not auto-generated']


def test_the_last_index_of_a_job_fits_in_the_name_of_its_pod() -> None:
    body = indexed() | {"metadata": {"name": "j" * 62}}
    assert refusals("job", body)["metadata.name"].endswith(f"will not able to create pod with invalid DNS label: "
                                                           f"{'j' * 62}-2")  # fmt: skip


def test_an_event_that_comes_by_its_own_group_must_say_more() -> None:
    obj = ready(kinds.EVENT, {"count": 3, "involvedObject": {"namespace": "aula"}, "type": "Raro"})
    asked = validation.validate_create(kinds.EVENT, obj, kinds.EVENT_NEW)
    assert [one.field for one in asked] == ["eventTime", "type", "count"]
    assert validation.validate_create(kinds.EVENT, obj) == []
    changed = validation.validate_update(kinds.EVENT, {**obj, "reason": "otra"}, obj, asked=kinds.EVENT_NEW)
    assert [(one.field, one.message) for one in changed] == [("reason", 'Invalid value: "otra": field is immutable')]


FIXED: list[tuple[str, dict[str, Any], dict[str, Any], Refusals]] = [
    ("ipaddress", in_spec(parentRef={"name": "a"}), in_spec(parentRef={"name": "b"}),
     {"spec.parentRef": 'Invalid value: {"name":"b"}: field is immutable'}),
    ("servicecidr", in_spec(cidrs=["10.0.0.0/8"]), in_spec(cidrs=["11.0.0.0/8"]),
     {"spec.cidrs": 'Invalid value: ["11.0.0.0/8"]: field is immutable'}),
    ("vac", {"driverName": "a", "parameters": {"a": "1"}}, {"driverName": "b", "parameters": {"a": "2"}},
     {"driverName": "Forbidden: updates to driverName are forbidden.",
      "parameters": "Forbidden: updates to parameters are forbidden."}),
    ("csistoragecapacity", {"storageClassName": "a"}, {"storageClassName": "b"},
     {"storageClassName": 'Invalid value: "b": field is immutable'}),
    ("resourceslice", in_spec(driver="a", nodeName="n"), in_spec(driver="a", nodeName="m"),
     {"spec.nodeName": 'Invalid value: "m": field is immutable'}),
    ("resourceclaim", {"status": {"allocation": {"devices": {}}}}, {"status": {"allocation": {}}},
     {"status.allocation": "Invalid value: {}: field is immutable"}),
    ("resourceclaimtemplate", in_spec(spec={}), in_spec(spec={"devices": {}}),
     {"spec": 'Invalid value: {"spec":{"devices":{}}}: field is immutable'}),
]  # fmt: skip


@pytest.mark.parametrize(("word", "old", "new", "expected"), FIXED, ids=[word for word, *_ in FIXED])
def test_what_is_promised_does_not_change(
    word: str, old: dict[str, Any], new: dict[str, Any], expected: Refusals
) -> None:
    told = validation.validate_update(kinds.named(word), new, old)
    assert {one.field: one.message for one in told} == expected
    assert validation.validate_update(kinds.named(word), old, old) == []


WITHOUT_RULES = {
    # Sus reglas son las de sus metadatos.
    "mutatingwebhookconfigurations", "validatingwebhookconfigurations", "serviceaccounts",
}  # fmt: skip


def test_a_node_says_of_each_driver_that_it_has_no_zones_and_means_it_when_sent_back() -> None:
    driver = {"name": "disco.example", "nodeID": "node-1"}
    for sent in (driver, {**driver, "topologyKeys": None}):
        assert ready(kinds.named("csinode"), {"spec": {"drivers": [sent]}})["spec"]["drivers"] == [
            {**driver, "topologyKeys": None}]  # fmt: skip


def test_every_stored_kind_is_judged() -> None:
    stored = {kind.plural for kind in kinds.ALL if "update" in kind.verbs and kind.hub is kind}
    assert stored - {kind.plural for kind in RULES} == WITHOUT_RULES


@pytest.mark.parametrize(("word", "field"), [("limitrange", "limits"), ("csinode", "drivers")])
def test_a_list_that_nobody_wrote_is_null(word: str, field: str) -> None:
    obj = ready(kinds.named(word), {"spec": {}})
    assert obj["spec"] == {field: None}
    assert validation.validate(kinds.named(word), obj) == []
