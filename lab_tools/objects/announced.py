"""Los tipos que un clúster anuncia, leídos de su descubrimiento agregado: así se conocen los que no están en la tabla.

Fuente: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.kind import Kind

ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def kinds_in(document: Object) -> Iterator[Kind]:
    """Los tipos de un `APIGroupDiscoveryList`, en su orden. De otro documento, ninguno."""
    for group in document.get("items") or ():
        for version in group.get("versions") or ():
            for resource in version.get("resources") or ():
                yield _kind(group["metadata"].get("name", ""), version["version"], resource)


def _kind(group: str, version: str, resource: Object) -> Kind:
    return Kind(
        group=group,
        version=version,
        kind=resource["responseKind"]["kind"],
        plural=resource["resource"],
        short_names=(resource["singularResource"], *(resource.get("shortNames") or ())),
        namespaced=resource["scope"] == "Namespaced",
        subresources=tuple(one["subresource"] for one in resource.get("subresources") or ()),
        categories=tuple(resource.get("categories") or ()),
        verbs=tuple(resource["verbs"]),
    )
