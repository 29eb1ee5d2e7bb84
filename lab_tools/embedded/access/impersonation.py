"""Hablar en nombre de otro: `kubectl --as`, `--as-group` y `--as-uid`.

Hace falta permiso para cada pieza de la identidad prestada; después, todo se decide como si fuera quien se dice ser.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from lab_tools.embedded import status
from lab_tools.embedded.access import house
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.access.rbac import ACCOUNT
from lab_tools.embedded.access.tokens import ACCOUNTS
from lab_tools.embedded.user import AUTHENTICATED, User

USER, GROUPS, UID, EXTRA = "impersonate-user", "impersonate-group", "impersonate-uid", "impersonate-extra-"
_AUTHENTICATION = "authentication.k8s.io"


def asked_for(headers: Mapping[str, str]) -> bool:
    """Si una petición quiere hablar en nombre de otro."""
    return any(name.startswith("impersonate-") for name in headers)


def acting(user: User, headers: Mapping[str, str], check: Callable[[User, Attributes], None]) -> User:
    """La identidad con que sigue la petición. `StatusError` 403 si falta permiso, 400 si no se dice quién."""
    name, uid = headers.get(USER, ""), headers.get(UID, "")
    # Una cabecera repetida llega unida con comas.
    groups = tuple(group.strip() for group in headers.get(GROUPS, "").split(",") if group.strip())
    extra = tuple(sorted((unquote(key.removeprefix(EXTRA)), tuple(part.strip() for part in value.split(",")))
                         for key, value in headers.items() if key.startswith(EXTRA)))  # fmt: skip
    if not name:
        raise status.bad_request("impersonation headers were sent without impersonating a user")
    wanted = User(name, groups, uid, extra)
    for asked in _pieces(wanted):
        check(user, asked)
    # Una cuenta de servicio tiene techo también cuando es la dueña quien habla por ella: así la vería su token.
    limited = house.is_limited(user) or name.startswith(ACCOUNT)
    return User(name, _all_groups(wanted), uid, extra, limited)


def _pieces(wanted: User) -> Iterator[Attributes]:
    account = _account(wanted.name)
    if account:
        yield Attributes("impersonate", "", "serviceaccounts", account[0], account[1])
    else:
        yield Attributes("impersonate", "", "users", None, wanted.name)
    for group in wanted.groups:
        yield Attributes("impersonate", "", "groups", None, group)
    for key, values in wanted.extra:
        for value in values:
            yield Attributes("impersonate", _AUTHENTICATION, f"userextras/{key}", None, value)
    if wanted.uid:
        yield Attributes("impersonate", _AUTHENTICATION, "uids", None, wanted.uid)


def _all_groups(wanted: User) -> tuple[str, ...]:
    """Los grupos que nadie dice y todos tienen: los de su cuenta, y el de quien se ha identificado."""
    groups, account = wanted.groups, _account(wanted.name)
    if account and not groups:
        groups = (ACCOUNTS, f"{ACCOUNTS}:{account[0]}")
    known = AUTHENTICATED in groups or house.UNAUTHENTICATED in groups
    if wanted.name == house.ANONYMOUS.name:
        return groups if known else (*groups, house.UNAUTHENTICATED)
    return groups if known else (*groups, AUTHENTICATED)


def _account(name: str) -> tuple[str, str] | None:
    """El espacio y el nombre de una cuenta de servicio, o `None` si el usuario no lo es."""
    namespace, separator, account = name.removeprefix(ACCOUNT).partition(":")
    return (namespace, account) if name.startswith(ACCOUNT) and separator and namespace and account else None
