"""De una CustomResourceDefinition a los tipos que define: uno por versión servida.

Todas las versiones se guardan en la de almacenamiento; entre ellas solo cambia `apiVersion` (conversión `None`).
Fuente: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lab_tools.objects import Object
from lab_tools.objects.custom import describe, path
from lab_tools.objects.custom.check import check
from lab_tools.objects.custom.fill import fill
from lab_tools.objects.custom.printing import printer
from lab_tools.objects.custom.prune import prune
from lab_tools.objects.custom.structural import MISSING, Structural, parse
from lab_tools.objects.kind import Kind
from lab_tools.objects.own import ScalePaths
from lab_tools.objects.printers.printer import Printer
from lab_tools.objects.registry import priority
from lab_tools.objects.schema import Definition
from lab_tools.objects.validation.problem import Problem

if TYPE_CHECKING:
    from lab_tools.objects.custom.rules import Branch

# En el orden en que los anuncia el servidor real, que no es el de los suyos.
VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


@dataclass(frozen=True, eq=False)
class CustomType:
    """Lo que una versión de una definición dice de sus objetos (véase `Own`)."""

    names: Object
    group: str
    version: Object

    @property
    def singular(self) -> str:
        """Su nombre en singular y minúsculas."""
        return self.names.get("singular") or str(self.names["kind"]).lower()

    @property
    def list_kind(self) -> str:
        """Cómo se llama una lista de sus objetos."""
        return self.names.get("listKind") or f"{self.names['kind']}List"

    @cached_property
    def schema(self) -> Structural:
        """El esquema, ya leído."""
        return parse(self._raw or {"type": "object", "x-kubernetes-preserve-unknown-fields": True})

    @cached_property
    def definition(self) -> Definition:
        """Sus campos, como los entiende `apply`."""
        return describe.definition(str(self.names["kind"]), self.schema, self._gvk)

    @cached_property
    def printer(self) -> Printer:
        """Sus columnas."""
        return printer(self.version.get("additionalPrinterColumns") or ())

    @cached_property
    def scale(self) -> ScalePaths | None:
        """Dónde están sus réplicas, si se puede escalar."""
        found = (self.version.get("subresources") or {}).get("scale")
        if not found:
            return None
        selector = found.get("labelSelectorPath")
        return ScalePaths(path.simple(found["specReplicasPath"]), path.simple(found["statusReplicasPath"]),
                          path.simple(selector) if selector else None)  # fmt: skip

    @property
    def selectable(self) -> tuple[str, ...]:
        """Las rutas por las que se puede filtrar, además de las de siempre."""
        return tuple(one["jsonPath"].removeprefix(".") for one in self.version.get("selectableFields") or ())

    @property
    def document(self) -> Mapping[str, Any]:
        """Su esquema, como va en OpenAPI."""
        return describe.document(self._raw, self._gvk)

    def pruned(self, obj: Object) -> tuple[Object, list[str]]:
        """Una copia sin los campos que el esquema no conoce, y las rutas de lo que se quitó."""
        return prune(obj, self.schema)

    def complete(self, obj: Object) -> None:
        """Pone en `obj`, que es de quien llama, los valores por omisión."""
        fill(obj, self.schema, root=True)

    def validate(self, obj: Object, old: Object | None = None) -> list[Problem]:
        """Todos los problemas de un objeto (que sustituye a `old`), menos los de sus metadatos."""
        problems = list(check(obj, self.schema))
        if not self._has_rules:
            return problems
        from lab_tools.objects.custom import rules  # CEL pesa: solo lo paga quien tiene reglas

        skipped = rules.blocked(problems)
        if skipped is not None or self._rules is None:
            return [*problems, *([skipped] if skipped else [])]
        return [*problems, *rules.judge(self._rules, obj, MISSING if old is None else old)]

    @cached_property
    def _has_rules(self) -> bool:
        return "'x-kubernetes-validations'" in repr(self._raw)

    @cached_property
    def _rules(self) -> Branch | None:
        from lab_tools.objects.custom import rules

        return rules.prepare(self.schema)

    @property
    def _raw(self) -> Object | None:
        found: Object | None = (self.version.get("schema") or {}).get("openAPIV3Schema")
        return found

    @property
    def _gvk(self) -> tuple[str, str, str]:
        return self.group, str(self.version["name"]), str(self.names["kind"])


def kinds_of(crd: Object) -> tuple[Kind, ...]:
    """Los tipos de una definición, de la versión preferida a la menos. Vacío si sus nombres aún no se aceptaron."""
    if not is_established(crd):
        return ()
    spec = crd["spec"]
    versions = sorted(spec["versions"], key=lambda one: priority(one["name"]), reverse=True)
    stored = next((one for one in versions if one.get("storage")), versions[0])
    hub = _kind(spec, stored, None)
    return tuple(hub if one is stored else _kind(spec, one, hub) for one in versions if one.get("served"))


def is_established(crd: Object) -> bool:
    """Si una definición ya tiene sus nombres y se sirve."""
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Established" and one.get("status") == "True" for one in conditions)


def _kind(spec: Object, version: Object, hub: Kind | None) -> Kind:
    names, extras = spec["names"], version.get("subresources") or {}
    return Kind(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        short_names=tuple(names.get("shortNames") or ()),
        namespaced=spec["scope"] == "Namespaced",
        subresources=tuple(name for name in ("status", "scale") if name in extras),
        categories=tuple(names.get("categories") or ()),
        verbs=VERBS,
        storage=hub,
        own=CustomType(names, spec["group"], version),
    )
