"""Gateway API: qué rutas se admiten, cuál gana, a quién le toca y qué se dice en el estado."""

from collections import Counter

import pytest

from lab_tools import addons

HOME = "default"


@pytest.fixture
def shop(town):
    town.namespace("tienda")
    for name, namespace in (("web", HOME), ("api", HOME), ("bd", "tienda")):
        town.pod(name, namespace)
        town.service(name, namespace)
    town.apply(addons.path("gateway-api").read_text(encoding="utf-8"))
    town.start()
    return town


def gateway(town, name="g", namespace=HOME, **listener):
    listeners = [{"name": "http", "port": 80, "protocol": "HTTP", **listener}]
    put(town, "Gateway", name, {"gatewayClassName": "orquesta", "listeners": listeners}, namespace)


def put(town, kind, name, spec, namespace=HOME, version="v1"):
    found = town.api.kinds.find(f"gateway.networking.k8s.io/{version}", kind)
    body = {"apiVersion": found.api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}
    town.api.create(found, body, namespace)


def route(town, name="r", namespace=HOME, parent="g", rules=None, **spec):
    body = {"parentRefs": [{"name": parent, "namespace": HOME}], "hostnames": ["t.example.com"],
            "rules": rules or [{"backendRefs": [to("web")]}], **spec}  # fmt: skip
    put(town, "HTTPRoute", name, body, namespace)


def to(name, weight=None, **more):
    return {"name": name, "port": 80, **({"weight": weight} if weight is not None else {}), **more}


def conditions(found):
    return {one["type"]: (one["status"], one["reason"]) for one in found}


def accepted(town, name="r", namespace=HOME):
    return conditions(town.get("httproute", name, namespace)["status"]["parents"][0]["conditions"])


def hit(town, path="/", method="GET", **headers):
    walk = town.walk(f"http://t.example.com{path}", method=method, headers=headers)
    return walk.backend.pod[1] if walk.backend else walk.reply.status


def test_the_house_class_comes_with_the_types(shop):
    assert conditions(shop.get("gatewayclass", "orquesta")["status"]["conditions"])["Accepted"] == ("True", "Accepted")


def test_a_gateway_gets_an_address_and_says_it_works(shop):
    gateway(shop)
    gateway(shop, "otro")
    route(shop)
    shop.start(5)
    status = shop.get("gateway", "g")["status"]
    assert conditions(status["conditions"]) == {"Accepted": ("True", "Accepted"), "Programmed": ("True", "Programmed")}
    assert status["listeners"][0]["attachedRoutes"] == 1
    addresses = [shop.get("gateway", name)["status"]["addresses"][0]["value"] for name in ("g", "otro")]
    assert addresses == ["172.18.255.2", "172.18.255.3"]
    assert accepted(shop) == {"Accepted": ("True", "Accepted"), "ResolvedRefs": ("True", "ResolvedRefs")}
    assert hit(shop) == "web"


def test_a_class_of_another_controller_is_left_alone(shop):
    put(shop, "GatewayClass", "ajena", {"controllerName": "example.com/gw"}, None)
    put(shop, "Gateway", "g", {"gatewayClassName": "ajena",
                               "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]})  # fmt: skip
    shop.start(5)
    assert conditions(shop.get("gateway", "g")["status"]["conditions"])["Programmed"] == ("Unknown", "Pending")


def test_the_most_precise_match_wins(shop):
    for name in ("a", "b", "c", "d", "e"):
        shop.pod(name)
        shop.service(name)
    gateway(shop)
    route(shop, rules=[
        {"matches": [{"path": {"type": "PathPrefix", "value": "/"}}], "backendRefs": [to("a")]},
        {"matches": [{"path": {"type": "PathPrefix", "value": "/api"}}], "backendRefs": [to("b")]},
        {"matches": [{"path": {"type": "Exact", "value": "/api"}}], "backendRefs": [to("c")]},
        {"matches": [{"path": {"type": "PathPrefix", "value": "/api"}, "method": "POST"}], "backendRefs": [to("d")]},
        {"matches": [{"path": {"type": "PathPrefix", "value": "/api"}, "headers": [{"name": "X-Version", "value": "2"}],
                      "queryParams": [{"name": "q", "value": "1"}]}], "backendRefs": [to("e")]}])  # fmt: skip
    shop.start()
    assert [hit(shop, "/"), hit(shop, "/apis"), hit(shop, "/api/x"), hit(shop, "/api")] == ["a", "a", "b", "c"]
    assert hit(shop, "/api/x", method="POST") == "d"
    assert hit(shop, "/api/x?q=1", **{"X-Version": "2"}) == "e"
    assert hit(shop, "/api/x?q=2", **{"X-Version": "2"}) == "b"


def test_weights_share_the_requests_and_zero_gets_none(shop):
    gateway(shop)
    route(shop, rules=[{"backendRefs": [to("web", 90), to("api", 10)]}])
    shop.start(5)
    counts = Counter(hit(shop) for _ in range(1000))
    assert 60 < counts["api"] < 140
    assert set(counts) == {"web", "api"}
    shop.delete("httproute", "r")
    route(shop, "s", rules=[{"backendRefs": [to("web", 1), to("api", 0)]}])
    assert {hit(shop) for _ in range(50)} == {"web"}


def test_filters_redirect_rewrite_and_change_headers(shop):
    gateway(shop)
    prefix = [{"path": {"type": "PathPrefix", "value": "/api"}}]
    route(shop, rules=[
        {"matches": prefix, "backendRefs": [to("api")], "filters": [
            {"type": "URLRewrite", "urlRewrite": {"hostname": "dentro",
                                                  "path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/v2"}}},
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "X-A", "value": "1"}],
                                                                        "remove": ["X-B"]}},
            {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"add": [{"name": "X-C", "value": "3"}]}}]},
        {"matches": [{"path": {"type": "PathPrefix", "value": "/viejo"}}], "filters": [
            {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301, "path": {
                "type": "ReplacePrefixMatch", "replacePrefixMatch": "/nuevo"}}}]}])  # fmt: skip
    shop.start(5)
    walk = shop.walk("http://t.example.com/api/x?y=1", headers={"X-B": "2"})
    assert (walk.backend.path, dict(walk.backend.headers)) == ("/v2/x?y=1", {"host": "dentro", "x-a": "1"})
    assert walk.response_headers == {"x-c": "3"}
    reply = shop.walk("http://t.example.com/viejo/z").reply
    assert (reply.status, reply.headers["location"]) == (301, "https://t.example.com/nuevo/z")


def test_a_destination_may_have_its_own_filters(shop):
    gateway(shop)
    mark = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "X-Canario", "value": "1"}]}}
    route(shop, rules=[{"backendRefs": [to("web", 1, filters=[mark]), to("api", 1)]}])
    shop.start(5)
    walks = [shop.walk("http://t.example.com/") for _ in range(40)]
    marked = {(walk.backend.pod[1], walk.backend.headers.get("x-canario")) for walk in walks}
    assert marked == {("web", "1"), ("api", None)}


def test_a_filter_that_nobody_has_is_not_skipped(shop):
    gateway(shop)
    own = {"type": "ExtensionRef", "extensionRef": {"group": "example.com", "kind": "Filtro", "name": "f"}}
    route(shop, rules=[{"backendRefs": [to("web")], "filters": [own]}])
    shop.start(5)
    assert hit(shop) == 500


def mirrored(shop, **how):
    gateway(shop)
    copy = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "api", "port": 80}, **how}}
    route(shop, rules=[{"backendRefs": [to("web")], "filters": [copy]}])
    shop.start(5)


def test_a_mirror_gets_a_copy_and_the_caller_never_knows(shop):
    mirrored(shop)
    walk = shop.walk("http://t.example.com/a", "web")
    assert (walk.backend.pod[1], [(one.backend.pod[1], one.backend.path) for one in walk.mirrors]) == (
        "web", [("api", "/a")])  # fmt: skip
    assert any("una copia a default/api" in step.text for step in walk.steps)
    shop.delete("pod", "api", grace=0)
    shop.start(2)
    walk = shop.walk("http://t.example.com/a")
    assert (walk.verdict, walk.mirrors) == ("delivered", ())


@pytest.mark.parametrize(
    ("how", "least", "most"),
    [({"percent": 0}, 0, 0), ({"fraction": {"numerator": 1, "denominator": 4}}, 30, 70), ({"percent": 100}, 200, 200)],
)
def test_a_mirror_gets_its_share(shop, how, least, most):
    mirrored(shop, **how)
    copies = sum(len(shop.walk("http://t.example.com/").mirrors) for _ in range(200))
    assert least <= copies <= most


def test_a_mirror_that_points_to_nobody_is_told(shop):
    gateway(shop)
    copy = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "nadie", "port": 80}}}
    route(shop, rules=[{"backendRefs": [to("web")], "filters": [copy]}])
    shop.start(5)
    assert accepted(shop)["ResolvedRefs"] == ("False", "BackendNotFound")
    assert hit(shop) == "web", "sin copia, la petición llega igual"


def test_two_protocols_in_one_port_are_a_conflict(shop):
    listeners = [{"name": name.lower(), "port": 8080, "protocol": name} for name in ("HTTP", "HTTPS")]
    put(shop, "Gateway", "g", {"gatewayClassName": "orquesta", "listeners": listeners})
    shop.start(5)
    for one in shop.get("gateway", "g")["status"]["listeners"]:
        found = conditions(one["conditions"])
        assert (found["Conflicted"], found["Programmed"][0]) == (("True", "ProtocolConflict"), "False")


def test_hostnames_meet_those_of_the_listener(shop):
    gateway(shop, hostname="*.example.com")
    route(shop)
    route(shop, "ajena", hostnames=["x.example.org"])
    shop.start(5)
    assert accepted(shop)["Accepted"] == ("True", "Accepted")
    assert accepted(shop, "ajena")["Accepted"] == ("False", "NoMatchingListenerHostname")


def test_routes_of_other_namespaces_come_in_only_if_let(shop):
    gateway(shop)
    gateway(shop, "abierta", allowedRoutes={"namespaces": {"from": "All"}})
    route(shop, "dentro", "tienda", rules=[{"backendRefs": [to("bd")]}])
    route(shop, "abre", "tienda", parent="abierta", rules=[{"backendRefs": [to("bd")]}])
    shop.start(5)
    assert accepted(shop, "dentro", "tienda")["Accepted"] == ("False", "NotAllowedByListeners")
    assert accepted(shop, "abre", "tienda")["Accepted"] == ("True", "Accepted")


def test_a_backend_of_another_namespace_needs_its_permission(shop):
    gateway(shop)
    route(shop, rules=[{"backendRefs": [to("bd", namespace="tienda")]}])
    shop.start(5)
    assert accepted(shop)["ResolvedRefs"] == ("False", "RefNotPermitted")
    assert hit(shop) == 500
    put(shop, "ReferenceGrant", "paso", {
        "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": HOME}],
        "to": [{"group": "", "kind": "Service"}]}, "tienda", "v1beta1")  # fmt: skip
    shop.start(5)
    assert accepted(shop)["ResolvedRefs"] == ("True", "ResolvedRefs")
    assert hit(shop) == "bd"


def test_a_backend_that_does_not_exist_answers_500_for_its_share(shop):
    gateway(shop)
    route(shop, rules=[{"backendRefs": [to("web", 1), to("nohay", 1)]}])
    shop.start(5)
    assert accepted(shop)["ResolvedRefs"] == ("False", "BackendNotFound")
    assert {hit(shop) for _ in range(40)} == {"web", 500}


def test_an_https_listener_without_certificate_is_not_programmed(shop):
    gateway(shop, port=443, protocol="HTTPS", tls={"certificateRefs": [{"name": "nohay"}]})
    shop.start(5)
    listener = conditions(shop.get("gateway", "g")["status"]["listeners"][0]["conditions"])
    assert (listener["ResolvedRefs"], listener["Programmed"]) == (
        ("False", "InvalidCertificateRef"),
        ("False", "Invalid"),
    )
    assert shop.verdict("https://172.18.255.2") == "refused"


def test_a_plain_listener_cuts_who_speaks_tls(shop):
    gateway(shop)
    route(shop)
    shop.start(5)
    assert shop.verdict("https://t.example.com:80/") == "reset"


def test_what_no_route_takes_is_a_404(shop):
    gateway(shop)
    route(shop)
    shop.start(5)
    assert shop.walk("http://172.18.255.2", headers={"host": "otro.example.com"}).reply.status == 404


def test_a_quiet_gateway_writes_nothing(shop):
    gateway(shop)
    route(shop)
    shop.start(10)
    before = shop.cluster.store.revision
    shop.clock.advance(5)
    written = [one for one in shop.api.list(shop.api.kinds.named("gateway"), HOME).items
               if int(one["metadata"]["resourceVersion"]) > before]  # fmt: skip
    assert written == []
