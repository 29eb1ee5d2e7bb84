"""El juicio sobre un Pod, y sobre la plantilla de la que otros los hacen.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lab_tools.objects import Object, clone
from lab_tools.objects.validation import (
    affinity,
    checks,
    containers,
    gated,
    internal,
    metadata,
    names,
    pod_extras,
    security,
    volumes,
)
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, required

SPEC = "core.v1.PodSpec"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PLAIN_INTEGER = re.compile("0|-[0-9]+|[1-9][0-9]*")
ONLY_THESE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def validate(obj: Object) -> Iterator[Problem]:
    """Los problemas de un Pod, sin sus metadatos."""
    yield from validate_spec(obj.get("spec") or {}, "spec")


def validate_create(obj: Object) -> Iterator[Problem]:
    """Lo que un Pod nuevo no puede traer."""
    yield from affinity.repeated_keys(obj.get("spec") or {}, "spec")
    if (obj.get("spec") or {}).get("ephemeralContainers"):
        yield forbidden("spec.ephemeralContainers", "cannot be set on create")
    yield from _cost(obj)
    if (obj.get("spec") or {}).get("schedulingGates") and obj["spec"].get("nodeName"):
        yield forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")


def validate_template(template: Object, field: str, promised: Iterable[str] = ()) -> Iterator[Problem]:
    """Los problemas de una plantilla de Pod. `promised`: los volúmenes que otro le pondrá a cada Pod."""
    meta = template.get("metadata") or {}
    yield from metadata.labels(meta.get("labels"), f"{field}.metadata.labels")
    yield from metadata.annotation_map(meta.get("annotations"), f"{field}.metadata.annotations")
    spec = template.get("spec") or {}
    yield from validate_spec(spec, f"{field}.spec", promised)
    yield from affinity.repeated_keys(spec, f"{field}.spec")
    if spec.get("ephemeralContainers"):
        yield forbidden(f"{field}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def validate_spec(spec: Object, field: str, promised: Iterable[str] = ()) -> Iterator[Problem]:
    """Los problemas de la descripción de un Pod."""
    found = spec.get("volumes") or []
    yield from volumes.validate(found, f"{field}.volumes")
    yield from containers.validate(spec, {*promised, *(one.get("name", "") for one in found)}, field)
    yield from checks.one_of(spec, field, "restartPolicy", SPEC, needed=True)
    yield from checks.one_of(spec, field, "dnsPolicy", SPEC, needed=True)
    yield from metadata.labels(spec.get("nodeSelector"), f"{field}.nodeSelector")
    yield from security.pod(spec.get("securityContext"), spec, f"{field}.securityContext")
    yield from affinity.validate(spec, field)
    yield from pod_extras.validate(spec, field)
    yield from _names(spec, field)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= checks.MAX_INT32:
        yield invalid(f"{field}.activeDeadlineSeconds", deadline, names.between(1, checks.MAX_INT32))
    yield from checks.not_negative(spec, field, "terminationGracePeriodSeconds")
    yield from checks.one_of(spec, field, "preemptionPolicy", SPEC)


def _cost(obj: Object) -> Iterator[Problem]:
    """El coste de borrarlo, si se dice, es un entero de 32 bits escrito sin adornos."""
    text = str(((obj.get("metadata") or {}).get("annotations") or {}).get(DELETION_COST, "0"))
    if not _PLAIN_INTEGER.fullmatch(text) or not -checks.MAX_INT32 - 1 <= int(text) <= checks.MAX_INT32:
        yield invalid(f"metadata.annotations[{DELETION_COST}]", "", "must be a 32bit integer")


def _names(spec: Object, field: str) -> Iterator[Problem]:
    rules = {"serviceAccountName": names.dns_subdomain, "nodeName": names.dns_subdomain, "hostname": names.dns_label,
             "subdomain": names.dns_label, "priorityClassName": names.dns_subdomain,
             "runtimeClassName": names.dns_subdomain}  # fmt: skip
    for key, rule in rules.items():
        if spec.get(key):
            yield from checks.each(rule(spec[key]), f"{field}.{key}", spec[key])
    for index, one in enumerate(spec.get("imagePullSecrets") or ()):
        if not one.get("name"):
            yield required(f"{field}.imagePullSecrets[{index}].name")


def validate_update(new: Object, old: Object) -> Iterator[Problem]:
    """De un Pod que ya existe cambian las imágenes, el plazo y las tolerancias; del retenido, dónde cabe."""
    after, before = new["spec"], old["spec"]
    if not any(_cost(old)):
        yield from _cost(new)
    for key, word in (("containers", "containers"), ("initContainers", "initContainers")):
        if len(after.get(key) or ()) != len(before.get(key) or ()):
            yield forbidden(f"spec.{key}", f"pod updates may not add or remove {word}")
            return
    yield from _deadline(after.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds"))
    kept = [one for one in before.get("tolerations") or () if one not in (after.get("tolerations") or ())]
    if kept:
        yield forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")
    yield from gated.update(after, before)
    if _fixed(after, before) != before:
        yield forbidden("spec", f"{ONLY_THESE}\n{internal.difference(before, _fixed(after, before), 'PodSpec')}")


def _deadline(new: int | None, old: int | None) -> Iterator[Problem]:
    if old is None or new == old:
        return
    if new is None:
        yield invalid("spec.activeDeadlineSeconds", None, "must not update from a positive integer to nil value")
    elif new > old:
        yield invalid("spec.activeDeadlineSeconds", new, "must be less than or equal to previous value")


def _fixed(after: Object, before: Object) -> Object:
    """`after` con lo que sí puede cambiar puesto como estaba."""
    result = clone(after)
    for key in ("containers", "initContainers"):
        for one, other in zip(result.get(key) or (), before.get(key) or (), strict=True):
            _restore(one, other, "image")
    grace = ("terminationGracePeriodSeconds",) if before.get("terminationGracePeriodSeconds", 0) < 0 else ()
    for key in ("activeDeadlineSeconds", "tolerations", "schedulingGates", *grace):
        _restore(result, before, key)
    gated.unchanged(result, before)
    return result


def _restore(obj: Object, before: Object, key: str) -> None:
    if key in before:
        obj[key] = before[key]
    else:
        obj.pop(key, None)
