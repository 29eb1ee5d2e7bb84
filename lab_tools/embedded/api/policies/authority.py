"""La variable `authorizer` de una política: preguntar si alguien puede hacer algo más.

Fuente: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lab_tools.embedded.api.admission.reader import Allows
from lab_tools.embedded.user import AUTHENTICATED, User
from lab_tools.objects.cel import CelError

_ACCOUNTS = "system:serviceaccounts"


@dataclass(frozen=True, slots=True)
class Authority:
    """Una pregunta a medio hacer. Sin recurso ni ruta, `check` no tiene sentido."""

    allows: Allows
    user: User
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    request: tuple[str, str, str, str, str] = ("", "", "", "", "")

    def cel_field(self, name: str) -> Authority:
        """`authorizer.requestResource`: lo mismo que se está pidiendo."""
        if name != "requestResource":
            raise CelError(f"no such key: {name}")
        group, resource, subresource, namespace, called = self.request
        return replace(self, group=group, resource=resource, subresource=subresource, namespace=namespace, name=called)

    def cel_call(self, name: str, *args: Any) -> Any:
        """Un paso más de la pregunta, o su respuesta."""
        if name == "check" and len(args) == 1:
            return self._check(str(args[0]))
        if name == "serviceAccount" and len(args) == 2:
            namespace, account = args
            groups = (_ACCOUNTS, f"{_ACCOUNTS}:{namespace}", AUTHENTICATED)
            return replace(self, user=User(f"system:serviceaccount:{namespace}:{account}", groups, limited=True))
        if name in ("group", "resource", "subresource", "namespace", "name", "path") and len(args) == 1:
            step: dict[str, Any] = {name: str(args[0])}
            return replace(self, **step)
        if name in ("fieldSelector", "labelSelector") and len(args) == 1:
            return self  # aquí los permisos no dependen del filtro
        raise CelError("no such overload")

    def _check(self, verb: str) -> Answer:
        if not self.resource and not self.path:
            raise CelError("no such overload")
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        asked = (verb, self.group, resource, self.namespace, self.name, self.path)
        return Answer(*self.allows(self.user, *asked))


@dataclass(frozen=True, slots=True)
class Answer:
    """Lo que se contestó."""

    granted: bool
    why: str

    def cel_call(self, name: str, *args: Any) -> Any:
        """Si se puede, por qué, o si no se supo."""
        answers = {"allowed": self.granted, "reason": self.why, "errored": False, "error": ""}
        if name not in answers or args:
            raise CelError("no such overload")
        return answers[name]
