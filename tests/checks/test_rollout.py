"""Lo que se puede afirmar de un Deployment por lo que dejó escrito en sus ReplicaSets."""

from __future__ import annotations

from lab_tools.checks import rollout
from tests.checks.fake import deployment, pod, replicaset, snapshot

OLD, NEW, BAD = "tienda:1.0", "tienda:1.1", "tienda:1.9"


def test_ready_replicas_count_only_its_own_pods() -> None:
    mine, other = deployment(replicas=2), deployment("otro")
    rs, foreign = replicaset(mine, OLD, 1), replicaset(other, OLD, 1)
    there = snapshot(mine, other, rs, foreign, pod(rs, "a"), pod(foreign, "b"))
    finding = rollout.replicas_ready("frontend", 2)(there)
    assert (finding.met, finding.found) == (False, "1 Pod listo, y el Deployment pide 2")


def test_a_deployment_that_asks_for_another_number_does_not_pass_by_luck() -> None:
    mine = deployment(replicas=3)
    rs = replicaset(mine, OLD, 1)
    there = snapshot(mine, rs, pod(rs, "a"), pod(rs, "b"), pod(rs, "c", ready=False))
    assert not rollout.replicas_ready("frontend", 2)(there).met


def test_zero_pods_never_run_anything() -> None:
    assert not rollout.runs_only("frontend", OLD, 0)(snapshot(deployment(replicas=0))).met


def test_without_pods_it_says_whether_nobody_asked_or_they_do_not_come() -> None:
    fact = rollout.runs_only("frontend", OLD, 2)
    assert fact(snapshot()).found == "que no hay ningún Deployment `frontend` en `tienda`"
    off = fact(snapshot(deployment(replicas=0))).found
    assert off == "que el Deployment `frontend` pide 0 y no tiene ningún Pod"


def test_a_rollout_half_way_says_which_images_are_alive() -> None:
    mine = deployment()
    old, new = replicaset(mine, OLD, 1), replicaset(mine, NEW, 2)
    there = snapshot(mine, old, new, pod(old, "a"), pod(new, "b"), pod(new, "c", ready=False))
    finding = rollout.runs_only("frontend", NEW, 2)(there)
    assert not finding.met
    assert finding.found == "1 con `tienda:1.0` listo, 1 con `tienda:1.1` listo, 1 con `tienda:1.1` sin estar listo"


def test_images_are_compared_whole() -> None:
    mine = deployment()
    assert not rollout.has_run("frontend", "tienda:1.1")(snapshot(mine, replicaset(mine, "tienda:1.10", 1))).met


def test_a_recreated_deployment_has_no_history_to_show() -> None:
    mine = deployment()
    recreated = snapshot(mine, replicaset(mine, NEW, 1))
    assert not rollout.replaced_in_place("frontend", OLD, NEW)(recreated).met
    kept = snapshot(mine, replicaset(mine, OLD, 1, replicas=0), replicaset(mine, NEW, 2, "00:01:00"))
    assert rollout.replaced_in_place("frontend", OLD, NEW)(kept).met


def test_pods_born_after_the_breakage_did_not_live_through_it() -> None:
    mine = deployment()
    good, bad = replicaset(mine, NEW, 1), replicaset(mine, BAD, 2, "00:05:00")
    there = snapshot(mine, good, bad, pod(good, "a", born="00:01:00"), pod(good, "b", born="00:05:01"))
    assert rollout.served_through("frontend", NEW, BAD, 1)(there).met
    assert not rollout.served_through("frontend", NEW, BAD, 2)(there).met


def test_going_back_reuses_the_good_replicaset_and_keeps_the_bad_one() -> None:
    mine = deployment()
    before = snapshot(mine, replicaset(mine, NEW, 1), replicaset(mine, BAD, 2, "00:05:00"))
    assert not rollout.went_back("frontend", NEW, BAD)(before).met
    after = snapshot(mine, replicaset(mine, NEW, 3), replicaset(mine, BAD, 2, "00:05:00", replicas=0))
    assert rollout.went_back("frontend", NEW, BAD)(after).met
    bad = replicaset(mine, BAD, 2, "00:05:00", replicas=0)
    leftovers = snapshot(mine, replicaset(mine, NEW, 3), bad, pod(bad, "roto", ready=False))
    assert rollout.went_back("frontend", NEW, BAD)(leftovers).found.endswith("con la imagen rota, 1 Pod")
