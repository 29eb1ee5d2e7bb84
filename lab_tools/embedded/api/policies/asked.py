"""Lo que se pide, visto por una política: qué se hace, con qué objeto y quién."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from lab_tools.embedded.api.admission.reader import Allows
from lab_tools.embedded.api.policies.authority import Authority
from lab_tools.embedded.api.protocol import Options
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.registry import Kinds

CREATE, UPDATE, DELETE = "CREATE", "UPDATE", "DELETE"
_OPTIONS = {CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions"}


class World(Protocol):
    """Lo que una política puede mirar del clúster."""

    kinds: Kinds
    allows: Allows

    def find(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Un objeto, o `None`."""

    def all(self, kind: Kind) -> list[Object]:
        """Todos los objetos de un tipo."""

    def within(self, kind: Kind, namespace: str) -> list[Object]:
        """Los objetos de un tipo en un Namespace, por nombre."""


@dataclass
class Asked:
    """Una escritura que está a punto de ocurrir. `obj` es `None` al borrar y `old` al crear."""

    world: World
    kind: Kind
    operation: str
    obj: Object | None
    old: Object | None
    options: Options
    subresource: str = ""
    _space: Object | None = field(default=None, repr=False)

    @property
    def meta(self) -> Object:
        """Los metadatos del objeto del que se habla."""
        found: Object = (self.obj or self.old or {}).get("metadata") or {}
        return found

    @property
    def namespace(self) -> str:
        """Su namespace, o vacío."""
        return str(self.meta.get("namespace", "")) if self.kind.namespaced else ""

    @property
    def namespace_object(self) -> Object | None:
        """El Namespace donde está; `None` si no tiene."""
        if self.kind is kinds.NAMESPACE:
            return self.obj or self.old
        if self._space is None and self.namespace:
            self._space = self.world.find(kinds.NAMESPACE, "", self.namespace)
        return self._space

    def authorizer(self) -> Authority:
        """A quién preguntar si quien pide puede hacer algo más."""
        whole = (self.kind.group, self.kind.plural, self.subresource, self.namespace, str(self.meta.get("name", "")))
        return Authority(self.world.allows, self.options.user, request=whole)

    def request(self) -> dict[str, Any]:
        """La petición, con los campos de un AdmissionReview."""
        kind = {"group": self.kind.group, "version": self.kind.version, "kind": self.kind.kind}
        resource = {"group": self.kind.group, "version": self.kind.version, "resource": self.kind.plural}
        user = self.options.user
        info = {"username": user.name, "groups": list(user.groups), **({"uid": user.uid} if user.uid else {}),
                "extra": {key: list(values) for key, values in user.extra}}  # fmt: skip
        options = {"kind": _OPTIONS[self.operation], "apiVersion": "meta.k8s.io/v1"}
        return {
            "kind": kind, "resource": resource, "subResource": self.subresource, "requestKind": kind,
            "requestResource": resource, "requestSubResource": self.subresource, "name": self.meta.get("name", ""),
            "namespace": self.namespace, "operation": self.operation, "userInfo": info,
            "dryRun": self.options.dry_run, "options": options, "uid": self.meta.get("uid", ""),
        }  # fmt: skip
