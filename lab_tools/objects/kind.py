"""Qué es un tipo de objeto de la API: sus nombres, su ámbito, sus verbos y dónde se guarda.

Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab_tools.objects.own import Own

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")

# Paquetes de Go cuyo nombre no se deduce del grupo de la API.
_PACKAGES = {
    "": "io.k8s.api.core",
    "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
    "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
}


@dataclass(frozen=True, eq=False)
class Kind:
    """Un tipo de objeto de la API. Dos `Kind` son el mismo si y solo si son el mismo objeto.

    `storage` es el tipo en cuya versión se guardan sus objetos, si es otra. `own` es lo que trae consigo un tipo
    definido con un CustomResourceDefinition (esquema, columnas…), que los de Kubernetes tienen en tablas.
    """

    group: str
    version: str
    kind: str
    plural: str
    short_names: tuple[str, ...] = ()
    namespaced: bool = True
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    storage: Kind | None = None
    own: Own | None = None

    @property
    def hub(self) -> Kind:
        """El tipo en cuya versión se guardan sus objetos: él mismo, salvo que sea otra cara de uno ya guardado."""
        return self.storage or self

    @cached_property
    def singular(self) -> str:
        """Nombre en singular y minúsculas: «deployment»."""
        return self.own.singular if self.own else self.kind.lower()

    @cached_property
    def list_kind(self) -> str:
        """Cómo se llama una lista de estos objetos: «DeploymentList»."""
        return self.own.list_kind if self.own else f"{self.kind}List"

    @cached_property
    def api_version(self) -> str:
        """Como se escribe en un manifiesto: «apps/v1», «v1»."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @cached_property
    def resource(self) -> str:
        """Nombre cualificado, como en los mensajes de error: «deployments.apps», «pods»."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @cached_property
    def definition(self) -> str:
        """Nombre de su definición en OpenAPI: «io.k8s.api.apps.v1.Deployment»."""
        if self.own:
            return ".".join((*reversed(self.group.split(".")), self.version, self.kind))
        package = _PACKAGES.get(self.group) or f"io.k8s.api.{self.group.split('.')[0]}"
        return f"{package}.{self.version}.{self.kind}"

    @cached_property
    def root(self) -> str:
        """Prefijo de sus rutas: «/api/v1», «/apis/apps/v1»."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """Ruta REST de la colección o del objeto."""
        parts = [self.root]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        parts += [part for part in (name, subresource) if part]
        return "/".join(parts)

    def __repr__(self) -> str:
        return f"Kind({self.resource})"
