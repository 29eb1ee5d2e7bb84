"""Qué dirección da un nodo a cada Pod: la menor libre, y nunca la de otro."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from lab_tools.embedded.kubelet.addresses import Addresses


def some(count, number=1):
    one = Addresses(number, f"10.244.{number}")
    return one, [one.lease(f"p{place}") for place in range(count)]


def test_the_first_free_one_is_given_and_kept():
    one, given_out = some(3)
    assert given_out == ["10.244.1.2", "10.244.1.3", "10.244.1.4"]
    one.release("p1")
    assert [one.lease("p0"), one.lease("otro"), one.lease("otro más")] == ["10.244.1.2", "10.244.1.3", "10.244.1.5"]


@given(st.randoms(use_true_random=False))
def test_it_is_always_the_least_that_nobody_has(luck: random.Random):
    one, held = Addresses(1, "10.244.1"), {}
    for step in range(60):
        if held and luck.random() < 0.4:
            name = luck.choice(sorted(held))
            del held[name]
            one.release(name)
        elif luck.random() < 0.2 and (last := luck.randrange(2, 40)) not in held.values():
            held[f"p{step}"] = last
            one.keep(f"p{step}", f"10.244.1.{last}")
        else:
            least = next(last for last in range(2, 99) if last not in held.values())
            held[f"p{step}"] = least
            assert one.lease(f"p{step}") == f"10.244.1.{least}"


def test_a_node_with_thousands_of_pods_repeats_none_and_meets_no_other_node():
    everybody = [address for number in (1, 2, 17) for address in some(3000, number)[1]]
    assert len(set(everybody)) == len(everybody)


def test_what_was_given_before_is_not_given_again():
    _, given_out = some(1000)
    again = Addresses(1, "10.244.1")
    for place, address in enumerate(given_out):
        again.keep(f"p{place}", address)
    assert [again.lease(f"p{place}") for place in range(1000)] == given_out
    assert again.lease("otro") not in given_out


def test_an_address_that_is_not_of_the_node_takes_none_of_its_own():
    one = Addresses(1, "10.244.1")
    for strange in ("172.18.0.3", "10.244.2.2", "fd00::2", "nada"):
        one.keep("p", strange)
    assert one.lease("otro") == "10.244.1.2"


def test_a_pod_on_the_network_of_its_node_takes_none(world):
    world.pod("del-nodo", nodeName="node-1", hostNetwork=True)
    world.until_ready("del-nodo")
    world.pod("suyo", nodeName="node-1")
    world.until_ready("suyo")
    assert world.get("pod", "suyo")["status"]["podIP"] == "10.244.1.2"
    assert world.get("pod", "del-nodo")["status"]["podIP"] == world.get("pod", "del-nodo")["status"]["hostIP"]
