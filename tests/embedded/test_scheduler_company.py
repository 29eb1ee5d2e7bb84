"""Con quién y lejos de quién: los Namespaces que una regla elige, y las etiquetas del propio Pod que la estrechan."""

from __future__ import annotations

import pytest

from lab_tools.objects import kinds

HOST = "kubernetes.io/hostname"


@pytest.fixture
def teams(world):
    """Dos Namespaces con equipo, y en cada uno un Pod `web`: el de `uno` en node-1 y el de `dos` en node-2."""
    for number, team in enumerate(("uno", "dos"), start=1):
        world.api.create(kinds.NAMESPACE, {"metadata": {"name": team, "labels": {"equipo": team}}})
        world.clock.advance(1)
        world.pod("web", namespace=team, labels={"app": "web"}, nodeName=f"node-{number}")
    world.clock.advance(5)
    return world


def rule(kind, **term):
    term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "web"}}, **term}
    return {"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


def home(world, name, namespace="default"):
    world.until(lambda: world.api.get(kinds.POD, namespace, name)["spec"].get("nodeName"), timeout=10)
    return world.api.get(kinds.POD, namespace, name)["spec"]["nodeName"]


@pytest.mark.parametrize(("team", "node"), [("uno", "node-1"), ("dos", "node-2")])
def test_a_rule_looks_at_the_namespaces_whose_labels_it_chooses(teams, team, node):
    teams.pod("p", **rule("podAffinity", namespaceSelector={"matchLabels": {"equipo": team}}))
    assert home(teams, "p") == node


def test_named_and_chosen_namespaces_add_up(teams):
    teams.pod("p", **rule("podAntiAffinity", namespaces=["uno"],
                          namespaceSelector={"matchLabels": {"equipo": "dos"}}))  # fmt: skip
    assert home(teams, "p") == "node-3"


def test_an_empty_choice_is_every_namespace(teams):
    teams.pod("p", **rule("podAntiAffinity", namespaceSelector={}))
    assert home(teams, "p") == "node-3"


def test_without_a_choice_only_its_own_namespace_counts(teams):
    teams.pod("p", namespace="uno", **rule("podAffinity"))
    assert home(teams, "p", "uno") == "node-1"


def test_who_is_there_also_keeps_away_those_of_the_namespaces_it_chooses(teams):
    for number in (1, 2):
        teams.pod(f"huye-{number}", nodeName=f"node-{number}",
                  **rule("podAntiAffinity", namespaceSelector={"matchLabels": {"equipo": "uno"}}))  # fmt: skip
    teams.clock.advance(3)
    teams.pod("p", namespace="uno", labels={"app": "web"})
    assert home(teams, "p", "uno") == "node-3"


def test_a_label_of_its_own_narrows_whom_it_looks_for(world):
    """Cada versión busca a los suyos, como al cambiar de versión un Deployment."""
    for version, node in (("v1", "node-1"), ("v2", "node-2")):
        world.pod(f"web-{version}", labels={"app": "web", "version": version}, nodeName=node)
    world.clock.advance(3)
    world.pod("p", labels={"app": "web", "version": "v2"}, **rule("podAffinity", matchLabelKeys=["version"]))
    assert home(world, "p") == "node-2"
    (term,) = world.get("pod", "p")["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["labelSelector"]["matchExpressions"] == [{"key": "version", "operator": "In", "values": ["v2"]}]


def test_a_label_of_its_own_may_also_exclude_its_kin(world):
    world.pod("ajeno", labels={"app": "web", "equipo": "uno"}, nodeName="node-1")
    world.pod("propio", labels={"app": "web", "equipo": "dos"}, nodeName="node-2")
    world.clock.advance(3)
    world.pod("p", labels={"equipo": "dos"}, **rule("podAntiAffinity", mismatchLabelKeys=["equipo"]),
              nodeSelector={HOST: "node-2"})  # fmt: skip
    assert home(world, "p") == "node-2"
    world.pod("q", labels={"equipo": "dos"}, **rule("podAntiAffinity", mismatchLabelKeys=["equipo"]),
              nodeSelector={HOST: "node-1"})  # fmt: skip
    world.clock.advance(5)
    assert "nodeName" not in world.get("pod", "q")["spec"]


def test_a_label_that_the_pod_does_not_have_asks_nothing(world):
    world.pod("p", **rule("podAffinity", matchLabelKeys=["version"], labelSelector={"matchLabels": {}}))
    found = world.get("pod", "p")["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert "matchExpressions" not in found[0]["labelSelector"]


def test_who_was_narrowed_can_still_be_changed(world):
    world.pod("p", labels={"app": "web", "version": "v2"}, **rule("podAffinity", matchLabelKeys=["version"]))
    before = world.get("pod", "p")["spec"]["affinity"]
    world.api.patch(kinds.POD, "default", "p", {"metadata": {"annotations": {"nota": "x"}}}, "merge")
    assert world.get("pod", "p")["spec"]["affinity"] == before
