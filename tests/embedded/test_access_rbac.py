"""RBAC: lo que una regla concede se puede, y lo que ninguna concede no."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.access.control import AccessControl
from lab_tools.embedded.api import ApiServer
from lab_tools.embedded.api.luck import Luck
from lab_tools.embedded.clock import EPOCH, Clock
from lab_tools.embedded.store import Store
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError
from lab_tools.objects import kinds

SPACES = ("uno", "dos")
EVA = User("eva", ("devs", "system:authenticated"))
BOT = User("system:serviceaccount:uno:bot", ("system:serviceaccounts", "system:authenticated"))


class World:
    """Un clúster sin nadie dentro: solo la API y quien decide."""

    def __init__(self) -> None:
        clock = Clock(EPOCH)
        self.api = ApiServer(Store(), clock, Luck("0"))
        self.access = AccessControl(self.api, clock, b"secreto")
        for name in SPACES:
            self.api.create(kinds.NAMESPACE, {"metadata": {"name": name}})

    def role(self, name, *rules, namespace="uno"):
        """Un Role, o un ClusterRole sin `namespace`."""
        kind = kinds.ROLE if namespace else kinds.CLUSTERROLE
        return self.api.create(kind, {"metadata": {"name": name}, "rules": list(rules)}, namespace or None)

    def bind(self, name, role, *subjects, namespace="uno", cluster=False):
        """Da un rol a unos sujetos; en un espacio, o en todo el clúster sin `namespace`."""
        kind = kinds.ROLEBINDING if namespace else kinds.CLUSTERROLEBINDING
        reference = {"apiGroup": "rbac.authorization.k8s.io", "name": role,
                     "kind": "ClusterRole" if cluster or not namespace else "Role"}  # fmt: skip
        body = {"metadata": {"name": name}, "roleRef": reference, "subjects": list(subjects)}
        return self.api.create(kind, body, namespace or None)

    def may(self, user, verb, resource="pods", namespace="uno", group="", name=""):
        """Si un usuario puede."""
        asked = Attributes(verb, group, resource, namespace, name)
        return self.access.authorizer.decide(user, asked).allowed


@pytest.fixture
def world() -> World:
    return World()


def user(name):
    return {"kind": "User", "name": name}


def group(name):
    return {"kind": "Group", "name": name}


def account(name, namespace="uno"):
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def rule(verbs, resources, groups=("",), names=()):
    found = {"verbs": list(verbs), "apiGroups": list(groups), "resources": list(resources)}
    return {**found, "resourceNames": list(names)} if names else found


PODS = rule(["get", "list"], ["pods"])


def test_nobody_may_anything_until_a_binding_says_so(world: World) -> None:
    world.role("lee", PODS)
    assert not world.may(EVA, "get")
    world.bind("da", "lee", user("eva"))
    assert world.may(EVA, "get")
    assert not world.may(EVA, "delete")


def test_a_role_binding_ends_at_its_namespace(world: World) -> None:
    world.role("lee", PODS, namespace="")
    world.bind("da", "lee", user("eva"), cluster=True)
    assert [world.may(EVA, "get", namespace=space) for space in (*SPACES, None)] == [True, False, False]


def test_a_cluster_role_binding_reaches_everywhere(world: World) -> None:
    world.role("lee", PODS, namespace="")
    world.bind("da", "lee", user("eva"), namespace="")
    assert [world.may(EVA, "get", namespace=space) for space in (*SPACES, None)] == [True, True, True]


@pytest.mark.parametrize(("subject", "who"), [(group("devs"), EVA), (account("bot"), BOT),
                                              (user("system:serviceaccount:uno:bot"), BOT)])  # fmt: skip
def test_groups_and_accounts_are_subjects_too(world: World, subject, who) -> None:
    world.role("lee", PODS)
    world.bind("da", "lee", subject)
    assert world.may(who, "list")
    assert not world.may(User("nadie"), "list")


def test_what_is_taken_away_is_gone_at_once(world: World) -> None:
    world.role("lee", PODS)
    world.bind("da", "lee", user("eva"))
    assert world.may(EVA, "get")
    world.api.delete(kinds.ROLEBINDING, "uno", "da")
    assert not world.may(EVA, "get")


def test_changing_a_role_changes_what_its_holders_may(world: World) -> None:
    world.role("lee", PODS)
    world.bind("da", "lee", user("eva"))
    assert not world.may(EVA, "delete")
    world.api.patch(kinds.ROLE, "uno", "lee", {"rules": [rule(["delete"], ["pods"])]})
    assert world.may(EVA, "delete")


def test_a_name_in_the_rule_leaves_out_the_collection(world: World) -> None:
    world.role("una", rule(["get", "list"], ["configmaps"], names=["c"]))
    world.bind("da", "una", user("eva"))
    assert world.may(EVA, "get", "configmaps", name="c")
    assert not world.may(EVA, "get", "configmaps", name="d")
    assert not world.may(EVA, "list", "configmaps")


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [("pods", ["pods"]), ("pods/log", ["pods/log"]), ("*", ["pods", "pods/log", "deployments/log"]),
     ("*/log", ["pods/log", "deployments/log"]), ("pods/*", [])],
)  # fmt: skip
def test_subresources_are_named_apart(world: World, pattern: str, allowed: list[str]) -> None:
    world.role("rol", rule(["get"], [pattern], ["*"]))
    world.bind("da", "rol", user("eva"))
    assert [one for one in ("pods", "pods/log", "deployments/log") if world.may(EVA, "get", one)] == allowed


def test_paths_are_granted_by_prefix_and_only_everywhere(world: World) -> None:
    world.role("mira", {"verbs": ["get"], "nonResourceURLs": ["/metrics", "/logs/*"]}, namespace="")
    world.bind("da", "mira", user("eva"), namespace="")
    asked = [Attributes("get", path=path) for path in ("/metrics", "/metrics/x", "/logs/a/b", "/logs", "/")]
    assert [world.access.authorizer.decide(EVA, one).allowed for one in asked] == [True, False, True, False, False]


def test_the_reason_names_the_binding_the_role_and_the_subject(world: World) -> None:
    world.role("lee", PODS)
    world.bind("da", "lee", account("bot"))
    decision = world.access.authorizer.decide(BOT, Attributes("get", "", "pods", "uno"))
    assert decision.reason == 'RBAC: allowed by RoleBinding "da/uno" of Role "lee" to ServiceAccount "bot/uno"'


def test_a_role_that_is_not_there_is_said_in_the_refusal(world: World) -> None:
    world.bind("da", "fantasma", user("eva"))
    with pytest.raises(StatusError) as refused:
        world.access.check(EVA, Attributes("list", "", "pods", "uno"))
    assert refused.value.message == (
        'pods is forbidden: User "eva" cannot list resource "pods" in API group "" in the namespace "uno": '
        'RBAC: role.rbac.authorization.k8s.io "fantasma" not found'
    )


def test_no_role_widens_the_credentials_of_the_house(world: World) -> None:
    world.role("todo", rule(["*"], ["*"], ["*"]), namespace="")
    world.bind("da", "todo", group("orquesta:checker"), group("orquesta:student"), namespace="")
    assert not world.may(User("checker", ("orquesta:checker",)), "delete")
    assert not world.may(User("student", ("orquesta:student",)), "update", "pods/status")


# Un mundo pequeño en el que se puede preguntar por todo: lo que concede cada regla se cuenta caso por caso.
VERBS, GROUPS, RESOURCES, NAMES = (
    ("get", "list", "delete"),
    ("", "apps"),
    ("pods", "pods/log", "deployments"),
    ("a", "b"),
)
RULES = st.builds(
    rule,
    st.sets(st.sampled_from((*VERBS, "*")), min_size=1),
    st.sets(st.sampled_from((*RESOURCES, "*", "*/log")), min_size=1),
    st.sets(st.sampled_from((*GROUPS, "*")), min_size=1),
    st.sets(st.sampled_from(NAMES)),
)
SUBJECTS = st.sampled_from([user("eva"), user("ana"), group("devs"), group("otros"), account("bot")])
GRANTS = st.lists(st.tuples(RULES, SUBJECTS, st.sampled_from((*SPACES, "")), st.booleans()), max_size=4)


def _granted(one) -> set[tuple[str, str, str, str]]:
    """Cada (verbo, grupo, recurso, nombre) que una regla concede, contado a mano."""
    resources = {r for r in RESOURCES for p in one["resources"]
                 if p in ("*", r) or (p == "*/log" and r.endswith("/log"))}  # fmt: skip
    verbs = VERBS if "*" in one["verbs"] else one["verbs"]
    groups = GROUPS if "*" in one["apiGroups"] else one["apiGroups"]
    return set(itertools.product(verbs, groups, resources, one.get("resourceNames") or (*NAMES, "")))


@settings(max_examples=60)
@given(GRANTS)
def test_what_a_rule_grants_is_allowed_and_what_none_grants_is_refused(grants) -> None:
    world, expected = World(), set()
    for number, (one, subject, namespace, local) in enumerate(grants):
        # Un vínculo de espacio puede dar un rol suyo o uno de todo el clúster; uno de clúster, solo de clúster.
        world.role(f"r{number}", one, namespace=namespace if local else "")
        world.bind(f"b{number}", f"r{number}", subject, namespace=namespace, cluster=not local)
        if subject in (user("eva"), group("devs")):
            expected |= {(space, *case) for space in (*SPACES, None) if namespace in ("", space)
                         for case in _granted(one)}  # fmt: skip
    everything = itertools.product((*SPACES, None), VERBS, GROUPS, RESOURCES, (*NAMES, ""))
    allowed = {case for case in everything if world.may(EVA, case[1], case[3], case[0], case[2], case[4])}
    assert allowed == expected
