"""Pod Security: el nivel que un Namespace exige con sus etiquetas, y sobre qué avisa.

Un nivel se exige (`enforce`) solo a los Pods; quien los crea (un Deployment, un Job…) recibe avisos (`warn`).
Lo que se audita (`audit`) iría al registro de auditoría, que este clúster no lleva.
Fuente: https://kubernetes.io/docs/concepts/security/pod-security-admission/
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.embedded.api.protocol import Options
from lab_tools.objects import Object, kinds, pod_security
from lab_tools.objects.kinds import Kind

PREFIX = "pod-security.kubernetes.io/"
# Lo que no puede cambiar el juicio sobre un Pod ya admitido.
_HARMLESS = ("tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds", "nodeName", "schedulingGates")


def check_pod(world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options) -> None:
    """Un Pod que no cumple el nivel de su Namespace no entra; si solo se avisa, se avisa."""
    labels = _labels(world, obj)
    if labels is None or (old is not None and _same(obj, old)):
        return
    level, shown = _policy(labels, "enforce")
    broken = pod_security.violations(level, obj)
    if broken:
        raise status.forbidden(kind, obj["metadata"]["name"], f'violates PodSecurity "{shown}": {", ".join(broken)}')
    _warn(labels, obj, options)


def check_template(world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options) -> None:
    """A quien crea Pods se le avisa de que los suyos no cumplirían."""
    labels = _labels(world, obj)
    template = _template(obj)
    if labels is not None and template is not None:
        _warn(labels, template, options)


def check_namespace(world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options) -> None:
    """Al exigir más, se avisa de los Pods que ya están y no cumplirían."""
    if old is None or not options.manager:
        return
    before, after = (_policy(one["metadata"].get("labels") or {}, "enforce") for one in (old, obj))
    if after == before or pod_security.LEVELS.index(after[0]) <= pod_security.LEVELS.index(before[0]):
        return
    name = obj["metadata"]["name"]
    broken: dict[str, list[str]] = {}
    for pod in world.within(kinds.POD, name):
        reasons = ", ".join(pod_security.reasons(after[0], pod))
        if reasons:
            broken.setdefault(reasons, []).append(pod["metadata"]["name"])
    if broken:
        options.warnings.append(
            f'existing pods in namespace "{name}" violate the new PodSecurity enforce level "{after[1]}"')  # fmt: skip
        options.warnings.extend(sorted(f"{_named(pods)}: {reasons}" for reasons, pods in broken.items()))


def _named(pods: list[str]) -> str:
    others = len(pods) - 1
    return pods[0] if not others else f"{pods[0]} (and {others} other pod{'s' if others > 1 else ''})"


def _warn(labels: dict[str, str], pod: Object, options: Options) -> None:
    # Solo las personas leen avisos; los componentes comparten unas opciones que no deben crecer.
    if not options.manager:
        return
    level, shown = _policy(labels, "warn")
    broken = pod_security.violations(level, pod)
    if broken:
        options.warnings.append(f'would violate PodSecurity "{shown}": {", ".join(broken)}')


def _labels(world: Reader, obj: Object) -> dict[str, str] | None:
    """Las etiquetas del Namespace, si alguna habla de seguridad."""
    namespace = world.find(kinds.NAMESPACE, "", obj["metadata"]["namespace"]) or {}
    labels: dict[str, str] = namespace.get("metadata", {}).get("labels") or {}
    return labels if any(name.startswith(PREFIX) for name in labels) else None


def _policy(labels: dict[str, str], mode: str) -> tuple[str, str]:
    """El nivel de un modo y cómo se escribe: («restricted», «restricted:latest»)."""
    level = labels.get(PREFIX + mode, "privileged")
    if level not in pod_security.LEVELS:
        level = "restricted"  # como el real: ante la duda, lo más estricto
    return level, f"{level}:{labels.get(f'{PREFIX}{mode}-version', 'latest')}"


def _template(obj: Object) -> Object | None:
    spec = obj.get("spec") or {}
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"].get("spec") or {}
    found: Object | None = spec.get("template") or obj.get("template")
    return found


def _same(new: Object, old: Object) -> bool:
    after, before = ({key: value for key, value in one["spec"].items() if key not in _HARMLESS} for one in (new, old))
    return after == before
