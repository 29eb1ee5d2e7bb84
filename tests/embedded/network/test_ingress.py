"""Ingress: por qué nombre, por qué ruta, con qué certificado y qué contesta el proxy cuando no puede."""

import base64
import datetime

import pytest

from lab_tools.objects import kinds

RULE = {"host": "tienda.example.com", "http": {"paths": [
    {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}},
    {"path": "/api", "pathType": "Prefix", "backend": {"service": {"name": "api", "port": {"name": "http"}}}},
]}}  # fmt: skip


@pytest.fixture
def shop(town):
    for name in ("web", "api"):
        town.pod(name)
        town.service(name, ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    town.start()
    return town


def ingress(town, name="i", annotations=None, **spec):
    body = {"ingressClassName": "orquesta", "rules": [RULE], **spec}
    meta = {"name": name, **({"annotations": annotations} if annotations else {})}
    town.api.create(kinds.INGRESS, {"metadata": meta, "spec": body}, "default")


def certificate(*names, days=30, issuer=None):
    """Un certificado en PEM para esos nombres, que caduca dentro de `days` días desde que empieza la historia."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    other = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer or names[0])])
    until = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(days=days)
    found = (x509.CertificateBuilder().subject_name(subject).issuer_name(other).public_key(key.public_key())
             .serial_number(7).not_valid_before(until - datetime.timedelta(days=400)).not_valid_after(until)
             .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
             .sign(key, hashes.SHA256()))  # fmt: skip
    return found.public_bytes(serialization.Encoding.PEM)


def secret(town, pem, name="crt"):
    data = {"tls.crt": base64.b64encode(pem).decode(), "tls.key": base64.b64encode(b"x").decode()}
    town.api.create(kinds.SECRET, {"metadata": {"name": name}, "type": "kubernetes.io/tls", "data": data}, "default")


def test_the_longest_path_wins_and_the_rest_goes_to_the_root(shop):
    ingress(shop)
    assert shop.walk("http://tienda.example.com/api/pedidos").backend.pod[1] == "api"
    assert shop.walk("http://tienda.example.com/apio").backend.pod[1] == "web"


def test_the_address_appears_in_the_status_after_a_while_and_only_for_our_classes(shop):
    shop.api.create(kinds.INGRESSCLASS, {"metadata": {"name": "ajena"}, "spec": {"controller": "example.com/ic"}})
    shop.api.create(kinds.INGRESSCLASS, {"metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}})
    for name in ("orquesta", "ajena", "nginx"):
        ingress(shop, name, ingressClassName=name)
    assert shop.get("ingress", "orquesta")["status"] == {"loadBalancer": {}}
    shop.start(5)
    found = {name: shop.get("ingress", name)["status"]["loadBalancer"] for name in ("orquesta", "ajena", "nginx")}
    served = {"ingress": [{"ip": "172.18.255.1"}]}
    assert found == {"orquesta": served, "ajena": {}, "nginx": served}


def test_an_ingress_of_another_class_is_not_served(shop):
    shop.api.create(kinds.INGRESSCLASS, {"metadata": {"name": "ajena"}, "spec": {"controller": "example.com/ic"}})
    ingress(shop, ingressClassName="ajena")
    assert shop.walk("http://172.18.255.1", headers={"host": "tienda.example.com"}).reply.status == 404


def test_the_host_header_decides_whoever_one_connects_to(shop):
    ingress(shop)
    assert shop.walk("http://172.18.255.1/api", headers={"Host": "tienda.example.com"}).backend.pod[1] == "api"
    walk = shop.walk("http://172.18.255.1/api")
    assert (walk.verdict, walk.reply.status, walk.rule.stage) == ("answered", 404, "ingress")


def test_a_default_backend_takes_what_no_rule_takes(shop):
    ingress(shop, "todo", rules=None, defaultBackend={"service": {"name": "web", "port": {"number": 80}}})
    assert shop.walk("http://172.18.255.1/lo/que/sea").backend.pod[1] == "web"


def test_of_two_equal_rules_the_oldest_wins(shop):
    ingress(shop, "viejo")
    shop.clock.advance(5)
    rule = {**RULE, "http": {"paths": [{**RULE["http"]["paths"][1], "backend": {"service": {
        "name": "web", "port": {"number": 80}}}}]}}  # fmt: skip
    ingress(shop, "nuevo", rules=[rule])
    assert shop.walk("http://tienda.example.com/api").backend.pod[1] == "api"


def test_the_proxy_tells_with_its_code_what_happened_behind(shop):
    ingress(shop)
    shop.service("roto", app="web", target=8080)
    shop.service("vacio", app="nadie")
    shop.start(1)
    for number, (name, code) in enumerate((("roto", 502), ("vacio", 503), ("nohay", 503))):
        path = {"path": f"/{name}", "pathType": "Exact", "backend": {"service": {"name": name, "port": {"number": 80}}}}
        ingress(shop, f"i{number}", rules=[{"host": f"{name}.example.com", "http": {"paths": [path]}}])
        walk = shop.walk(f"http://{name}.example.com/{name}")
        assert (walk.verdict, walk.reply.status) == ("answered", code), name
    assert "<h1>503 Service Temporarily Unavailable</h1>" in walk.reply.body
    shop.policy("cerrar", {"podSelector": {"matchLabels": {"app": "api"}}})
    walk = shop.walk("http://tienda.example.com/api")
    assert (walk.reply.status, walk.rule.about) == (504, "NetworkPolicy default/cerrar")
    assert walk.latency > 5


def test_a_policy_can_let_in_the_proxy_alone(shop):
    ingress(shop)
    shop.policy("solo-proxy", {"podSelector": {}, "ingress": [{"from": [{
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "orquesta-ingress"}}}]}]})  # fmt: skip
    assert shop.verdict("http://tienda.example.com") == "delivered"
    assert shop.verdict("http://web", "api") == "timeout"


def test_a_host_with_tls_is_sent_to_https_unless_told_otherwise(shop):
    tls = [{"hosts": ["tienda.example.com"], "secretName": "crt"}]
    ingress(shop, tls=tls)
    walk = shop.walk("http://tienda.example.com/api?x=1")
    assert (walk.reply.status, walk.reply.headers["location"]) == (308, "https://tienda.example.com/api?x=1")
    shop.api.patch(kinds.INGRESS, "default", "i", {"metadata": {"annotations": {
        "nginx.ingress.kubernetes.io/ssl-redirect": "false"}}})  # fmt: skip
    assert shop.verdict("http://tienda.example.com/api") == "delivered"


def test_the_certificate_is_the_one_of_the_secret_and_is_judged(shop):
    ingress(shop, tls=[{"hosts": ["tienda.example.com"], "secretName": "crt"}])
    url = "https://tienda.example.com/"
    assert shop.walk(url).certificate == "self-signed certificate"
    for pem, blame in ((certificate("tienda.example.com", issuer="CA"), "unable to get local issuer certificate"),
                       (certificate("*.example.com", issuer="CA"), "unable to get local issuer certificate"),
                       (certificate("otra.example.com", issuer="CA"),
                        "no alternative certificate subject name matches target host name 'tienda.example.com'"),
                       (certificate("tienda.example.com"), "self-signed certificate"),
                       (certificate("tienda.example.com", days=-1), "certificate has expired")):  # fmt: skip
        secret(shop, pem)
        walk = shop.walk(url)
        assert (walk.verdict, walk.certificate) == ("delivered", blame)
        shop.delete("secret", "crt")


def test_a_certificate_is_judged_by_the_calendar_that_is_seen(shop):
    ingress(shop, tls=[{"hosts": ["tienda.example.com"], "secretName": "crt"}])
    secret(shop, certificate("tienda.example.com", days=30, issuer="CA"))
    shop.clock.set_offset(40 * 86400)
    assert shop.walk("https://tienda.example.com/").certificate == "certificate has expired"


def test_the_rewrite_of_ingress_nginx_is_understood(shop):
    backend = {"service": {"name": "api", "port": {"number": 80}}}
    ingress(shop, annotations={"nginx.ingress.kubernetes.io/rewrite-target": "/$2"}, rules=[{
        "host": "r.example.com", "http": {"paths": [
            {"path": "/api(/|$)(.*)", "pathType": "ImplementationSpecific", "backend": backend}]}}])  # fmt: skip
    assert shop.walk("http://r.example.com/api/pedidos?n=3").backend.path == "/pedidos?n=3"
    assert shop.walk("http://r.example.com/apio").reply.status == 404


def test_each_port_of_the_proxy_speaks_one_language(shop):
    ingress(shop)
    shop.start(5)
    plain = shop.walk("http://tienda.example.com:443/")
    assert (plain.reply.status, "The plain HTTP request was sent to HTTPS port" in plain.reply.body) == (400, True)
    assert shop.verdict("https://tienda.example.com:80/") == "reset"


def test_a_path_of_its_own_kind_is_compared_letter_by_letter(shop):
    one = {"path": "/a", "pathType": "ImplementationSpecific",
           "backend": {"service": {"name": "api", "port": {"number": 80}}}}  # fmt: skip
    ingress(shop, rules=[{"host": "web.example.com", "http": {"paths": [one]}}])
    shop.start(5)
    assert [shop.verdict(f"http://web.example.com{path}") for path in ("/a/b", "/ab", "/b")] == [
        "delivered", "delivered", "answered"]  # fmt: skip


def test_pods_also_come_in_by_the_front_door(shop):
    ingress(shop)
    assert shop.walk("http://tienda.example.com/api", "web").backend.pod[1] == "api"
