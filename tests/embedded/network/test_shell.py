"""wget, curl, nslookup y nc desde dentro de un Pod: sus palabras, sus códigos de salida y lo que tardan."""

import pytest

from lab_tools.objects import kinds
from lab_tools.objects.quantity import parse


@pytest.fixture
def shop(town):
    town.pod("yo", image="busybox:1.36", command=["sleep", "infinity"])
    town.pod("rizo", image="curlimages/curl:8.17.0", command=["sleep", "infinity"])
    town.pod("nginx")
    town.service("web", app="nginx")
    town.service("vacio", app="nadie")
    town.start(30)
    return town


def ip(town, name):
    return town.get("service", name)["spec"]["clusterIP"]


def test_wget_brings_the_page(shop):
    code, text, took = shop.run("yo", "wget", "-qO-", "http://web")
    assert (code, text) == (0, "<h1>Welcome to nginx!</h1>")
    assert 0 < took < 0.1


def test_wget_tells_what_it_does_and_saves_what_it_brings(shop):
    code, text, _ = shop.run("yo", "wget", "web")
    assert code == 0
    assert text == (f"Connecting to web ({ip(shop, 'web')}:80)\nsaving to 'index.html'\n"
                    "index.html           100% |********************************|    26  0:00:00 ETA\n"
                    "'index.html' saved\n")  # fmt: skip
    assert shop.run("yo", "cat", "index.html")[1] == "<h1>Welcome to nginx!</h1>"
    assert shop.run("yo", "wget", "-q", "web")[:2] == (1, "wget: can't open 'index.html': File exists\n")


@pytest.mark.parametrize(("arguments", "said", "least", "most"), [
    ("http://nada", "wget: bad address 'nada'\n", 0, 0.1),
    ("http://vacio", "wget: can't connect to remote host ({vacio}): Connection refused\n", 0, 0.1),
    ("http://web:81", "wget: can't connect to remote host ({web}): Connection timed out\n", 127, 128),
    ("-T 3 http://web:81", "wget: download timed out\n", 3, 3.1),
    ("http://10.244.1.200", "wget: can't connect to remote host (10.244.1.200): No route to host\n", 3, 3.1),
    ("http://web/nada", "wget: server returned error: HTTP/1.1 404 Not Found\n", 0, 0.1),
    ("ftp://web", "wget: not an http or ftp url: ftp://web\n", 0, 0.1),
])  # fmt: skip
def test_wget_words_each_failure_as_busybox(shop, arguments, said, least, most):
    code, text, took = shop.run("yo", "wget", "-q", *arguments.split())
    assert (code, text) == (1, said.format(vacio=ip(shop, "vacio"), web=ip(shop, "web")))
    assert least <= took <= most


@pytest.mark.parametrize(("arguments", "code", "said"), [
    ("-s web", 0, "<h1>Welcome to nginx!</h1>"),
    ("-s -o /dev/null -w %{http_code} web/nada", 0, "404"),
    ("-sf web/nada", 22, ""),
    ("-sSf web/nada", 22, "curl: (22) The requested URL returned error: 404\n"),
    ("-sS nada", 6, "curl: (6) Could not resolve host: nada\n"),
    ("-sS vacio", 7, "curl: (7) Failed to connect to vacio port 80 after 1 ms: Couldn't connect to server\n"),
    ("-sS -m 2 web:81", 28, "curl: (28) Connection timed out after 2001 milliseconds\n"),
    ("-sS web:8", 28, "curl: (28) Failed to connect to web port 8 after 127000 ms: Couldn't connect to server\n"),
    ("-sI web", 0, "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 26\r\n\r\n"),
    ("-s -o /dev/null -w %{http_code}:%{exitcode} nada", 6, "000:6"),
])  # fmt: skip
def test_curl_has_its_codes_and_its_words(shop, arguments, code, said):
    assert shop.run("rizo", "curl", *arguments.split())[:2] == (code, said)


def test_curl_follows_and_checks_certificates(shop):
    spec = {"ingressClassName": "orquesta", "tls": [{"hosts": ["t.example.com"], "secretName": "crt"}], "rules": [
        {"host": "t.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {
            "service": {"name": "web", "port": {"number": 80}}}}]}}]}  # fmt: skip
    shop.api.create(kinds.INGRESS, {"metadata": {"name": "i"}, "spec": spec}, "default")
    code, text, _ = shop.run("rizo", "curl", "-sSL", "http://t.example.com")
    assert code == 60
    assert text.startswith("curl: (60) SSL certificate problem: self-signed certificate\n")
    assert shop.run("rizo", "curl", "-skL", "http://t.example.com")[:2] == (0, "<h1>Welcome to nginx!</h1>")
    assert shop.run("rizo", "curl", "-sk", "--resolve", "otra:443:172.18.255.1", "https://otra")[0] == 0


def test_busybox_brings_no_curl(shop):
    code, text, _ = shop.run("yo", "sh", "-c", "curl web")
    assert (code, text) == (127, "sh: curl: not found\n")


def test_nslookup_of_a_whole_name(shop):
    code, text, _ = shop.run("yo", "nslookup", "web.default.svc.cluster.local")
    assert (code, text) == (0, "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n"
                            f"Name:\tweb.default.svc.cluster.local\nAddress: {ip(shop, 'web')}\n\n\n")  # fmt: skip


def test_nslookup_of_a_short_name_finds_it_and_still_complains(shop):
    code, text, _ = shop.run("yo", "nslookup", "web")
    assert code == 1
    assert f"Name:\tweb.default.svc.cluster.local\nAddress: {ip(shop, 'web')}\n" in text
    assert "** server can't find web.cluster.local: NXDOMAIN" in text


def test_nslookup_without_dns_waits_and_gives_up(shop):
    shop.network.weather.dns_down()
    code, text, took = shop.run("yo", "nslookup", "web")
    assert (code, text) == (1, ";; connection timed out; no servers could be reached\n\n")
    assert took >= 10


def test_nc_tries_a_port(shop):
    assert shop.run("yo", "nc", "-zv", "web", "80")[:2] == (0, f"web ({ip(shop, 'web')}:80) open\n")
    assert shop.run("yo", "nc", "-z", "vacio", "80")[:2] == (
        1, f"nc: can't connect to remote host ({ip(shop, 'vacio')}): Connection refused\n")  # fmt: skip
    code, _, took = shop.run("yo", "nc", "-z", "-w", "2", "web", "81")
    assert (code, 2 <= took < 2.1) == (1, True)


def test_nc_listens_where_it_is_told(shop):
    shop.pod("oye", image="busybox:1.36", command=["nc", "-lk", "-p", "9000"])
    shop.start()
    assert shop.run("yo", "nc", "-z", shop.address("oye"), "9000")[0] == 0
    assert shop.run("yo", "nc", "-z", shop.address("oye"), "9001")[0] == 1


def test_a_program_calls_at_its_hour_and_not_before(shop):
    script = "while true; do wget -q -T 1 -O /dev/null http://nuevo && echo si || echo no; sleep 5; done"
    shop.pod("vigia", image="busybox:1.36", command=["sh", "-c", script])
    shop.start(12)
    shop.service("nuevo", app="nginx")
    shop.start(12)
    lines = [line for _, line in shop.cluster.logs("default", "vigia", "c")]
    assert {"no", "si"} <= set(lines)
    assert "no" not in lines[lines.index("si") :]


def test_a_job_that_calls_ends_when_it_is_answered(shop):
    script = "sleep 7; wget -qO- http://web"
    shop.pod("recado", image="busybox:1.36", command=["sh", "-c", script], restartPolicy="Never")
    start = shop.clock.now
    assert shop.clock.run_until(lambda: shop.get("pod", "recado")["status"]["phase"] == "Succeeded", 60)
    assert shop.clock.now - start < 12


def test_a_denied_program_is_left_waiting(shop):
    shop.policy("cerrar", {"podSelector": {"matchLabels": {"app": "nginx"}}})
    code, text, took = shop.run("yo", "wget", "-q", "-T", "4", "-O-", "http://web")
    assert (code, text, 4 <= took < 4.1) == (1, "wget: download timed out\n", True)


def test_services_that_were_there_are_in_the_environment(shop):
    shop.service("luego", app="nginx")
    text = shop.run("yo", "env")[1]
    assert "KUBERNETES_SERVICE_HOST=10.96.0.1\n" in text
    assert "LUEGO_SERVICE_HOST" not in text, "el Service nació después que el Pod"
    shop.pod("tarde", image="busybox:1.36", command=["sleep", "infinity"])
    shop.pod("corto", image="busybox:1.36", command=["sleep", "infinity"], enableServiceLinks=False)
    shop.start()
    text = shop.run("tarde", "env")[1]
    for line in (f"WEB_SERVICE_HOST={ip(shop, 'web')}", "WEB_SERVICE_PORT=80", f"WEB_PORT=tcp://{ip(shop, 'web')}:80",
                 "WEB_PORT_80_TCP_PROTO=tcp"):  # fmt: skip
        assert f"{line}\n" in text
    short = shop.run("corto", "env")[1]
    assert "WEB_SERVICE_HOST" not in short
    assert "KUBERNETES_SERVICE_PORT_HTTPS=443\n" in short


def test_a_fork_of_a_calling_program_goes_on_the_same(shop):
    script = "while true; do wget -qO- http://web; echo; sleep 3; done"
    shop.pod("vigia", image="busybox:1.36", command=["sh", "-c", script])
    shop.start(20)
    other = shop.cluster.fork()
    shop.clock.advance(20)
    other.clock.advance(20)
    assert shop.cluster.logs("default", "vigia", "c") == other.logs("default", "vigia", "c")


def grant(town, verb):
    town.api.create(kinds.ROLE, {"metadata": {"name": "lee"}, "rules": [
        {"apiGroups": [""], "resources": ["pods"], "verbs": [verb]}]}, "default")  # fmt: skip
    town.api.create(kinds.ROLEBINDING, {"metadata": {"name": "lee"}, "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "lee"}, "subjects": [
        {"kind": "ServiceAccount", "name": "default", "namespace": "default"}]}, "default")  # fmt: skip


def test_a_pod_talks_to_the_api_as_its_account_and_as_far_as_it_may(shop):
    account = "/var/run/secrets/kubernetes.io/serviceaccount"
    call = (f"curl -s --cacert {account}/ca.crt -H \"Authorization: Bearer $(cat {account}/token)\" "
            "https://kubernetes.default/api/v1/namespaces/default/pods/yo")  # fmt: skip
    code, text, _ = shop.run("rizo", "sh", "-c", call)
    assert code == 0
    assert 'User \\"system:serviceaccount:default:default\\" cannot get resource \\"pods\\"' in text
    grant(shop, "get")
    code, text, _ = shop.run("rizo", "sh", "-c", call)
    assert (code, '"name":"yo"' in text.replace(" ", "")) == (0, True)


def test_the_api_knows_nobody_without_a_token_and_believes_no_false_one(shop):
    assert shop.run("rizo", "curl", "-sS", "https://kubernetes.default")[0] == 60
    form = ["-sk", "-o", "/dev/null", "-w", "%{http_code}"]
    url = "https://kubernetes.default/api/v1/namespaces"
    assert shop.run("rizo", "curl", *form, url)[1] == "403"
    assert shop.run("rizo", "curl", *form, "-H", "Authorization: Bearer mentira", url)[1] == "401"
    assert shop.run("rizo", "curl", *form, "https://kubernetes.default/version")[1] == "200"


def test_a_policy_may_close_the_api_to_a_pod(shop):
    shop.policy("sin-api", {"podSelector": {"matchLabels": {"app": "rizo"}}, "policyTypes": ["Egress"], "egress": [
        {"to": [{"ipBlock": {"cidr": "10.244.0.0/15"}}]}]})  # fmt: skip
    assert shop.run("rizo", "curl", "-sk", "-m", "2", "https://kubernetes.default/version")[0] == 28


def test_a_loop_of_requests_spends_the_cpu_of_who_answers(shop):
    shop.pod("api", image="tienda-api:1.0", ports=(("web", 8080),))
    shop.service("api", port=80, target=8080)
    shop.start(50)
    rest = usage(shop, "api")
    shop.pod("carga", image="busybox:1.36",
             command=["sh", "-c", "while true; do wget -q -O /dev/null http://api/pedidos; done"])  # fmt: skip
    shop.start(75)
    assert usage(shop, "api") > 3 * rest


def usage(town, pod):
    """Los núcleos que gasta un Pod, según `metrics.k8s.io`."""
    found = next(one for one in town.cluster.metrics.pods("default") if one["metadata"]["name"] == pod)
    return float(parse(found["containers"][0]["usage"]["cpu"]))


def test_httpd_serves_its_folder(shop):
    script = "mkdir -p /www; echo hola > /www/index.html; echo dos > /www/dos.txt; exec httpd -f -p 8080 -h /www"
    shop.pod("sirve", image="busybox:1.36", command=["sh", "-c", script])
    shop.start()
    url = f"http://{shop.address('sirve')}:8080"
    assert shop.run("yo", "wget", "-qO-", url)[1] == "hola\n"
    assert shop.run("yo", "wget", "-qO-", f"{url}/dos.txt")[1] == "dos\n"
    assert "404 Not Found" in shop.run("yo", "wget", "-qO-", f"{url}/../etc/hosts")[1]


def test_httpd_serves_what_is_there_now_and_not_what_there_was(shop):
    """Los archivos los cambia quien cambie el Secret de donde salen; uno suelto, montado con `subPath`, no cambia."""
    shop.apply("""
apiVersion: v1
kind: Secret
metadata: {name: llaves}
stringData: {una: una}
---
apiVersion: v1
kind: Pod
metadata: {name: sirve}
spec:
  volumes: [{name: llaves, secret: {secretName: llaves}}]
  containers:
  - name: c
    image: busybox:1.36
    command: [httpd, -f, -p, "8080", -h, /www]
    volumeMounts:
    - {name: llaves, mountPath: /www/llaves}
    - {name: llaves, mountPath: /www/suelta, subPath: una}
""")
    shop.start()
    asked = [f"http://{shop.address('sirve')}:8080/{path}" for path in ("llaves/una", "llaves/otra", "suelta")]
    assert [shop.run("yo", "wget", "-qO-", url)[0] for url in asked] == [0, 1, 0]
    secret = shop.get("secrets", "llaves")
    shop.api.update(kinds.SECRET, {**secret, "data": {"otra": secret["data"]["una"]}})
    shop.start(180)
    assert [shop.run("yo", "wget", "-qO-", url)[0] for url in asked] == [1, 0, 0]


def test_timeout_cuts_a_call_that_waits(shop):
    code, _, took = shop.run("yo", "timeout", "2", "wget", "-q", "http://web:81")
    assert (code, 2 <= took < 2.1) == (143, True)
    assert shop.run("yo", "timeout", "2", "wget", "-qO-", "http://web")[:2] == (0, "<h1>Welcome to nginx!</h1>")


@pytest.mark.parametrize("url", ["http://[x", "http://web:99999", "http://", "http://:80", "[::1]:80"])
def test_an_address_that_is_none_is_told_and_not_a_crash(shop, url):
    assert shop.run("yo", "wget", "-q", url, patience=200)[0] == 1
    assert shop.run("rizo", "curl", "-sS", "-m", "2", url)[0] in (3, 6, 28)
