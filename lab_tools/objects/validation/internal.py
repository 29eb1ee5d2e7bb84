"""Lo que enseña el servidor de un `spec` que no se deja cambiar: qué líneas cambiarían, con sus nombres de dentro.

El servidor real compara sus tipos internos, escritos como JSON sin omitir nada: nombres de Go en mayúscula, en el
orden en que están declarados, y `null` donde no hay nada. Lo que no está en `SHAPES` se escribe como viene.
Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/types.go
"""

from __future__ import annotations

import difflib
import json
from typing import Any

from lab_tools.objects import Object

# Los campos de cada tipo, en orden. Sin marca, `null` si falta; con «=», «""»; con «!», `false`; con «#», 0.
# Tras «:», de qué tipo es (o cada uno de los suyos, si es una lista).
SHAPES: dict[str, str] = {
    "PodSpec": "Volumes:Volume InitContainers:Container Containers:Container EphemeralContainers:Container "
    "RestartPolicy= TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy= NodeSelector ServiceAccountName= "
    "AutomountServiceAccountToken NodeName= SecurityContext:PodSecurity ImagePullSecrets Hostname= Subdomain= "
    "SetHostnameAsFQDN Affinity:Affinity SchedulerName= Tolerations:Toleration HostAliases PriorityClassName= Priority "
    "PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks "
    "TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride",
    "PodSecurity": "HostNetwork! HostPID! HostIPC! ShareProcessNamespace HostUsers SELinuxOptions WindowsOptions "
    "RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls "
    "SeccompProfile AppArmorProfile SELinuxChangePolicy",
    "Affinity": "NodeAffinity PodAffinity PodAntiAffinity",
    "Toleration": "Key= Operator= Value= Effect= TolerationSeconds",
    "Container": "Name= Image= Command Args WorkingDir= Ports:Port EnvFrom Env:Variable Resources:Resources "
    "ResizePolicy RestartPolicy RestartPolicyRules VolumeMounts:Mount VolumeDevices LivenessProbe ReadinessProbe "
    "StartupProbe Lifecycle TerminationMessagePath= TerminationMessagePolicy= ImagePullPolicy= SecurityContext Stdin! "
    "StdinOnce! TTY!",
    "Port": "Name= HostPort# ContainerPort# Protocol= HostIP=",
    "Variable": "Name= Value= ValueFrom",
    "Resources": "Limits Requests Claims",
    "Mount": "Name= ReadOnly! RecursiveReadOnly MountPath= SubPath= MountPropagation SubPathExpr=",
    "Volume": "Name= HostPath EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo Secret NFS ISCSI Glusterfs "
    "PersistentVolumeClaim RBD Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap "
    "VsphereVolume AzureDisk PhotonPersistentDisk Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral Image",
    "ClaimSpec": "AccessModes Selector Resources:ClaimResources VolumeName= StorageClassName VolumeMode DataSource "
    "DataSourceRef VolumeAttributesClassName",
    "ClaimResources": "Limits Requests",
}  # fmt: skip
_ZEROS = {"=": "", "!": False, "#": 0}
# Lo que dentro está en otro sitio: en el contexto de seguridad del Pod.
_MOVED = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
# Los tipos que dentro están siempre, aunque nadie los escriba.
_ALWAYS = ("Resources", "ClaimResources", "PodSecurity")
_NAMES = {"awsElasticBlockStore": "AWSElasticBlockStore", "cephfs": "CephFS", "csi": "CSI", "dnsConfig": "DNSConfig",
          "dnsPolicy": "DNSPolicy", "fc": "FC", "fsGroup": "FSGroup", "fsGroupChangePolicy": "FSGroupChangePolicy",
          "gcePersistentDisk": "GCEPersistentDisk", "grpc": "GRPC", "httpGet": "HTTPGet", "httpHeaders": "HTTPHeaders",
          "iscsi": "ISCSI", "nfs": "NFS", "os": "OS", "rbd": "RBD", "scaleIO": "ScaleIO",
          "seLinuxChangePolicy": "SELinuxChangePolicy", "seLinuxOptions": "SELinuxOptions", "storageos": "StorageOS",
          "tcpSocket": "TCPSocket", "tty": "TTY"}  # fmt: skip
# Los mapas cuyas claves no son campos: son de quien los escribe.
_FREE = frozenset({"NodeSelector", "Limits", "Requests", "Overhead", "MatchLabels"})


def difference(before: Object, after: Object, shape: str) -> str:
    """Lo que va de un `spec` al otro, en trozos con tres líneas alrededor; termina en salto de línea."""
    old, new = (_lines(one, shape) for one in (before, after))
    return "".join(list(difflib.unified_diff(old, new))[2:])


def _lines(spec: Object, shape: str) -> list[str]:
    if shape == "PodSpec":
        security = {**(spec.get("securityContext") or {}), **{key: spec[key] for key in _MOVED if key in spec}}
        spec = {key: value for key, value in spec.items() if key not in _MOVED} | {"securityContext": security}
    written = json.dumps(_shown(spec, shape), indent=1, ensure_ascii=False)
    return [f"{line}\n" for line in written.splitlines()]


def _shown(value: Any, shape: str) -> Any:
    if isinstance(value, list):
        return [_shown(one, shape) for one in value] or None
    if not isinstance(value, dict):
        return value
    known = {_name(key): one for key, one in value.items()}
    if shape not in SHAPES:
        return {key: one if key in _FREE else _shown(one, "") for key, one in known.items()}
    return {name: _field(known, name, mark, below) for name, mark, below in map(_parsed, SHAPES[shape].split())}


def _field(known: Object, name: str, mark: str, below: str) -> Any:
    found = known.get(name)
    if found is None:
        return _shown({}, below) if below in _ALWAYS else _ZEROS.get(mark)
    return found if name in _FREE else _shown(found, below)


def _parsed(text: str) -> tuple[str, str, str]:
    """Nombre, marca y tipo de un campo de la tabla."""
    name, _, below = text.partition(":")
    return (name[:-1], name[-1], below) if name[-1] in _ZEROS else (name, "", below)


def _name(key: str) -> str:
    """El nombre de Go de un campo de la API."""
    return _NAMES.get(key) or key[:1].upper() + key[1:]
