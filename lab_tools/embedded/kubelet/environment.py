"""El entorno de un contenedor: valores, ConfigMaps, Secrets, campos del propio Pod y recursos.

Fuente: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping

from lab_tools.embedded.api.protocol import Api
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds, pod_names
from lab_tools.objects.quantity import parse

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ConfigError(Exception):
    """Falta algo que el contenedor necesita para crearse. `str` es el mensaje del kubelet real."""


def build(api: Api, pod: Object, container: Object, pod_ip: str, host_ip: str, node: Object | None,
          links: Mapping[str, str]) -> dict[str, str]:  # fmt: skip
    """Las variables del contenedor, con las de los Services (`links`) por delante.

    Lanza `ConfigError` si falta un ConfigMap, un Secret o una clave.
    """
    namespace = pod["metadata"]["namespace"]
    env = {"PATH": PATH, "HOSTNAME": pod_names.host_name(pod), **links}
    for source in container.get("envFrom") or ():
        for name, text in _whole(api, namespace, source).items():
            env[source.get("prefix", "") + name] = text
    own: dict[str, str] = {}
    for variable in container.get("env") or ():
        value = _one(api, pod, container, variable, pod_ip, host_ip, node)
        if value is not None:
            own[variable["name"]] = _expand(value, {**env, **own}) if "value" in variable else value
    return {**env, **own}


def data(api: Api, namespace: str, source: Object, map_key: str = "configMap", secret_key: str = "secret",
         name: str = "name") -> dict[str, str] | None:  # fmt: skip
    """Las claves de un ConfigMap o un Secret; `None` si no existe y es opcional. Lanza `ConfigError` si falta."""
    is_map = map_key in source
    reference = source[map_key if is_map else secret_key]
    wanted = reference.get(name) or reference.get("secretName", "")
    try:
        found = api.get(kinds.CONFIGMAP if is_map else kinds.SECRET, namespace, wanted)
    except StatusError:
        if reference.get("optional"):
            return None
        raise ConfigError(f'{"configmap" if is_map else "secret"} "{wanted}" not found') from None
    return texts(found)


def texts(found: Object) -> dict[str, str]:
    """Las claves de un ConfigMap o un Secret, ya como texto."""
    plain, coded = ("data", "binaryData") if found["kind"] == "ConfigMap" else ("", "data")
    decoded = {key: base64.b64decode(value).decode(errors="replace") for key, value in (found.get(coded) or {}).items()}
    return {**(found.get(plain) or {}), **decoded}


def _whole(api: Api, namespace: str, source: Object) -> dict[str, str]:
    return data(api, namespace, source, "configMapRef", "secretRef") or {}


def _one(api: Api, pod: Object, container: Object, variable: Object, pod_ip: str, host_ip: str,
         node: Object | None) -> str | None:  # fmt: skip
    source = variable.get("valueFrom")
    if source is None:
        return str(variable.get("value", ""))
    if "fieldRef" in source:
        return field(pod, source["fieldRef"]["fieldPath"], pod_ip, host_ip)
    if "resourceFieldRef" in source:
        return resource(pod, container, source["resourceFieldRef"], node)
    namespace = pod["metadata"]["namespace"]
    reference = source.get("configMapKeyRef") or source.get("secretKeyRef") or {}
    found = data(api, namespace, source, "configMapKeyRef", "secretKeyRef")
    if found is not None and reference.get("key") in found:
        return found[reference["key"]]
    if reference.get("optional"):
        return None
    kind = "ConfigMap" if "configMapKeyRef" in source else "Secret"
    raise ConfigError(f"couldn't find key {reference.get('key')} in {kind} {namespace}/{reference.get('name')}")


def field(pod: Object, path: str, pod_ip: str, host_ip: str) -> str:
    """El valor de un campo del Pod, como lo ve `fieldRef`."""
    meta, spec = pod["metadata"], pod["spec"]
    keyed = re.fullmatch(r"metadata\.(labels|annotations)\['([^']+)'\]", path)
    if keyed:
        return str((meta.get(keyed[1]) or {}).get(keyed[2], ""))
    if path in ("metadata.labels", "metadata.annotations"):
        pairs = (meta.get(path.rsplit(".", 1)[1]) or {}).items()
        return "\n".join(f'{key}="{value}"' for key, value in sorted(pairs))
    simple = {"metadata.name": meta["name"], "metadata.namespace": meta["namespace"], "metadata.uid": meta["uid"],
              "spec.nodeName": spec.get("nodeName", ""), "spec.serviceAccountName": spec.get("serviceAccountName", ""),
              "status.podIP": pod_ip, "status.podIPs": pod_ip, "status.hostIP": host_ip,
              "status.hostIPs": host_ip}  # fmt: skip
    return str(simple.get(path, ""))


def resource(pod: Object, container: Object, reference: Object, node: Object | None) -> str:
    """La cantidad que pide un `resourceFieldRef`, en su divisor; sin límite, lo que ofrece el nodo."""
    chosen = container
    for other in (*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())):
        if other["name"] == reference.get("containerName"):
            chosen = other
    where, _, name = str(reference["resource"]).partition(".")
    amount = ((chosen.get("resources") or {}).get(where) or {}).get(name)
    if amount is None and where == "limits" and node is not None:
        amount = node["status"].get("allocatable", {}).get(name)
    divisor = parse(str(reference.get("divisor") or "1")) or parse("1")
    return str(math.ceil(parse(str(amount)) / divisor)) if amount is not None else "0"


def _expand(text: str, env: dict[str, str]) -> str:
    """`$(A)` vale la variable A si ya está definida; `$$(A)` es `$(A)` tal cual."""

    def replace(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        return env.get(match[1], match[0])

    return re.sub(r"\$\$\([^)]*\)|\$\(([^)]*)\)", replace, text)


def expand_command(words: list[str], env: dict[str, str]) -> list[str]:
    """Las variables de una orden del manifiesto, ya puestas."""
    return [_expand(word, env) if "$(" in word else word for word in words]
