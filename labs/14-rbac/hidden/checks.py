"""Los hechos de las comprobaciones reservadas del laboratorio 14."""

from __future__ import annotations

from lab_tools.checks.expect import Fact, Finding, exists, given
from lab_tools.checks.permission import Deed, account, allowed, may, may_not
from lab_tools.checks.snapshot import Snapshot
from lab_tools.labs.variant import Variant

READS = (Deed("list", "pods"),)


def cannot_grant_itself_more(v: Variant) -> Fact:
    """La cuenta no puede darse permisos ni pedir tokens de otra."""
    deeds = (
        Deed("create", "rbac.authorization.k8s.io/rolebindings"),
        Deed("patch", "rbac.authorization.k8s.io/roles"),
        Deed("create", "serviceaccounts/token"),
    )
    can = given(exists("serviceaccounts", v.account), may(account(v.account), *READS))
    return given(can, may_not(account(v.account), *deeds, having=READS))


def the_default_account_may_nothing(v: Variant) -> Fact:
    """Los permisos son de la cuenta del vigilante: la de todos los demás, `default`, no ve nada."""
    can = given(exists("serviceaccounts", v.account), may(account(v.account), *READS))

    def look(snapshot: Snapshot) -> Finding:
        expected = "que la cuenta `default` no pudiera ver los Pods"
        open_ = allowed(snapshot, account("default"), READS[0])
        return Finding(not open_, expected, "que los ve cualquier Pod sin cuenta propia" if open_ else "que no los ve")

    return given(can, look)
