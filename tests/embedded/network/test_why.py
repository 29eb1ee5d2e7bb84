"""La puerta de los porqués de la red: qué cuenta, a quién y qué contesta a una pregunta mal hecha."""

import json

import pytest

from lab_tools.embedded.rest import Request
from lab_tools.embedded.user import AUTHENTICATED, User


@pytest.fixture
def shop(town):
    town.pod("yo")
    town.pod("web")
    town.service("web")
    town.start()
    return town


def ask(town, user=None, **query):
    named = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    request = Request("GET", "/orquesta/v1/why/network", named, {}, b"", **({"user": user} if user else {}))
    response = town.cluster.handle(request)
    return response.status, json.loads(response.body)


def test_it_tells_the_whole_way_and_the_rule_that_decided(shop):
    shop.policy("cerrar", {"podSelector": {"matchLabels": {"app": "web"}}})
    code, told = ask(shop, **{"from": "default/yo", "url": "http://web/x"})
    assert code == 200
    assert (told["verdict"], told["rule"]["about"]) == ("timeout", "NetworkPolicy default/cerrar")
    assert [step["stage"] for step in told["steps"]] == ["source", "dns", "service", "policy", "policy"]
    assert all(step["text"].endswith(".") for step in told["steps"])


def test_from_outside_and_with_headers(shop):
    code, told = ask(shop, url="http://172.18.255.1/", header=["Host: nadie.example.com"])
    assert (code, told["verdict"], told["reply"]["status"]) == (200, "answered", 404)


@pytest.mark.parametrize(("query", "word"), [
    ({"url": ""}, "no dice a qué nombre"),
    ({"url": "http://web:0"}, "el puerto"),
    ({"url": "gopher://web"}, "gopher"),
    ({"url": "http://web", "from": "solo"}, "expected NAMESPACE/POD"),
    ({"url": "http://web", "from": "default/nadie"}, "no existe"),
    ({"url": "http://web", "otro": "x"}, "unknown parameter"),
])  # fmt: skip
def test_a_question_badly_put_is_a_400_that_says_why(shop, query, word):
    code, told = ask(shop, **query)
    assert (code, word in told["message"]) == (400, True), told["message"]


def test_from_a_pod_asks_only_who_could_enter_it(shop):
    anybody = User("eva", (AUTHENTICATED,))
    assert ask(shop, anybody, **{"from": "default/yo", "url": "http://web"})[0] == 403
    assert ask(shop, anybody, url="http://web")[0] == 200
    assert ask(shop, User("system:anonymous", ("system:unauthenticated",)), url="http://web")[0] == 403
