"""Entrar en un contenedor, en proceso: qué se puede, en qué idioma y cuánto tiempo pasa."""

from __future__ import annotations

import json
import struct
import zlib

import pytest

from lab_tools.embedded.rest import Request, Session, User, spdy

POD = "/api/v1/namespaces/default/pods/caja"
V5, V4, TUNNEL = "v5.channel.k8s.io", "v4.channel.k8s.io", "SPDY/3.1+portforward.k8s.io"


class Visitor:
    """Quien llama a la puerta de un Pod «caja» (busybox) o «web» (nginx)."""

    def __init__(self, world):
        self.clock, self.handle = world.clock, world.cluster.handle
        world.busybox("caja", "sleep", "3600")
        world.pod("web")
        world.until_ready("caja")
        world.until_ready("web")

    def open(self, subresource, protocol=V5, path=POD, group="orquesta:owner", method="GET", **query):
        values = {name: value if isinstance(value, list) else [str(value)] for name, value in query.items()}
        headers = {"upgrade": "websocket", "sec-websocket-protocol": protocol} if protocol else {}
        return self.handle(Request(method, f"{path}/{subresource}", values, headers, b"", User("yo", (group,))))

    def exec(self, *command, **options) -> Session:
        response = self.open("exec", command=list(command), **options)
        assert response.status == 101, response.body
        return response.session

    def run(self, *command, **options):
        """(salida, errores, estado) de una orden que termina sola."""
        session, heard = self.exec(*command, **options), {1: b"", 2: b"", 3: b""}
        for _ in range(200):
            for message in session.read():
                heard[message[0]] += message[1:]
            if session.closed:
                return heard[1].decode(), heard[2].decode(), json.loads(heard[3])
            self.clock.step()
        raise AssertionError("no terminó")


@pytest.fixture
def visitor(world):
    return Visitor(world)


def test_output_and_errors_travel_apart(visitor):
    out, errors, ending = visitor.run("sh", "-c", "echo uno; cat /no; echo dos >&2")
    assert (out, errors) == ("uno\n", "cat: can't open '/no': No such file or directory\ndos\n")
    assert ending == {"metadata": {}, "status": "Success"}


def test_an_exit_code_is_a_cause(visitor):
    ending = visitor.run("sh", "-c", "exit 4")[2]
    assert (ending["reason"], ending["details"]["causes"]) == (
        "NonZeroExitCode", [{"reason": "ExitCode", "message": "4"}])  # fmt: skip


@pytest.mark.parametrize("command", [["sh", "-c", "break"], ["timeout", "x"], ["sh", "-c", "$((1/0))"], ["sh", "-c"]])
def test_a_command_that_makes_no_sense_also_ends(visitor, command):
    assert visitor.run(*command)[2]["status"] in ("Success", "Failure")


@pytest.mark.parametrize(("protocol", "times"), [(V5, 2), (V4, 1)])
def test_a_command_that_is_not_there_is_told_as_each_protocol_tells_it(visitor, protocol, times):
    ending = visitor.run("no-existe", protocol=protocol)[2]
    assert ending["message"].count("Internal error occurred: ") == times
    assert ending["message"].endswith('exec: "no-existe": executable file not found in $PATH')


def test_a_command_takes_the_time_of_the_cluster(visitor):
    before = visitor.clock.now
    visitor.run("sh", "-c", "sleep 5; echo ya")
    assert visitor.clock.now - before == pytest.approx(5)


def test_what_is_typed_arrives_in_order(visitor):
    session = visitor.exec("cat", stdin=True)
    session.feed(b"\x00hola ")
    session.feed("\x00año".encode())
    assert b"".join(message[1:] for message in session.read()).decode() == "hola año"
    session.feed(b"\xff\x00")
    assert (session.read()[-1][:1], session.closed) == (b"\x03", True)


def test_a_terminal_echoes_erases_and_survives_control_c(visitor):
    session = visitor.exec("sh", stdin=True, tty=True)
    session.feed(b"\x00echo x\x7fsi\r")
    session.feed(b"\x00\x03")
    session.feed(b"\x00exit 2\r")
    said = session.read()
    text = b"".join(message[1:] for message in said if message[0] == 1)
    assert text == b"/ # echo x\b \bsi\r\nsi\r\n/ # ^C\r\n/ # exit 2\r\n"
    assert b'"message":"2"' in said[-1]


def test_control_c_ends_what_is_running(visitor):
    session = visitor.exec("sleep", "1000", stdin=True, tty=True)
    session.feed(b"\x00\x03")
    assert b'"message":"130"' in session.read()[-1]


def test_control_c_gives_a_shell_its_prompt_back(visitor):
    session = visitor.exec("sh", stdin=True, tty=True)
    session.feed(b"\x00sleep 1000; echo nunca\r")
    visitor.clock.advance(5)
    session.feed(b"\x00\x03")
    session.feed(b"\x00echo $?\rexit 2\r")
    said = session.read()
    text = b"".join(message[1:] for message in said if message[0] == 1)
    assert text.endswith(b"^C\r\n/ # echo $?\r\nexit 2\r\n130\r\n/ # ")
    assert b'"message":"2"' in said[-1]


def test_what_runs_inside_dies_with_its_container(visitor, world):
    session = visitor.exec("sleep", "1000")
    world.delete("pod", "caja", grace=0)
    world.clock.advance(5)
    assert b'"message":"137"' in session.read()[-1]


def talk(visitor, world, *command, **container):
    """Un Pod que espera a que le hablen, y la conversación con su programa."""
    world.busybox("charla", *command, container={"stdin": True, **container}, restartPolicy="Never")
    world.until_phase("charla", "Running")
    world.clock.advance(30)
    return visitor.open("attach", path=POD.replace("caja", "charla"), stdin=True).session


def test_a_program_with_its_input_open_waits_for_someone_to_talk(visitor, world):
    session = talk(visitor, world, "sh", tty=True)
    assert world.get("pod", "charla")["status"]["phase"] == "Running"
    session.feed(b"\x00echo hola\r")
    session.feed(b"\x00sleep 20; exit 3\r")
    world.clock.advance(5)
    assert world.get("pod", "charla")["status"]["phase"] == "Running"
    world.until_phase("charla", "Failed")
    said = b"".join(message[1:] for message in session.read() if message[0] == 1)
    assert said == b"/ # echo hola\r\nhola\r\n/ # sleep 20; exit 3\r\n"
    assert world.container("charla")["state"]["terminated"]["exitCode"] == 3
    world.clock.advance(1)
    assert session.read()[-1:] == [b'\x03{"metadata":{},"status":"Success"}'] or session.closed


def test_it_ends_when_the_first_to_talk_leaves(visitor, world):
    session = talk(visitor, world, "cat", stdinOnce=True)
    session.feed(b"\x00eco\n")
    assert session.read() == [b"\x01eco\n"]
    session.close()
    world.until_phase("charla", "Succeeded")
    assert [line for _, line in world.cluster.logs("default", "charla", "c")] == ["eco"]


def test_who_only_reads_does_not_enter(visitor):
    for subresource in ("exec", "attach", "portforward"):
        protocol = TUNNEL if subresource == "portforward" else V5
        refused = visitor.open(subresource, protocol, group="orquesta:checker", command="env")
        assert (refused.status, refused.session) == (403, None)


def test_a_student_enters(visitor):
    assert visitor.open("exec", command="env", group="orquesta:student").status == 101


@pytest.mark.parametrize(("subresource", "protocol", "path", "query", "code", "why"), [
    ("exec", "", POD, {"command": "true"}, 400, "Upgrade request required"),
    ("exec", "otro", POD, {"command": "true"}, 400, "unable to negotiate protocol"),
    ("exec", V5, POD, {}, 400, "you must specify at least 1 command for the container"),
    ("exec", V5, POD, {"command": "true", "container": "z"}, 400, "container z is not valid for pod caja"),
    ("exec", V5, POD.replace("caja", "nadie"), {"command": "true"}, 404, 'pods "nadie" not found'),
    ("portforward", V4, POD, {}, 400, 'query parameter "port" is required'),
])  # fmt: skip
def test_what_cannot_be_is_refused_with_a_status(visitor, subresource, protocol, path, query, code, why):
    refused = visitor.open(subresource, protocol, path, **query)
    assert (refused.status, refused.session) == (code, None)
    assert why in json.loads(refused.body)["message"]


def test_the_containers_own_network_files_and_account_are_there(visitor, world):
    address = world.get("pod", "caja")["status"]["podIP"]
    assert f"{address}\tcaja\n" in visitor.run("cat", "/etc/hosts")[0]
    account = "/var/run/secrets/kubernetes.io/serviceaccount"
    assert visitor.run("cat", f"{account}/namespace")[0] == "default"
    assert "BEGIN CERTIFICATE" in visitor.run("cat", f"{account}/ca.crt")[0]
    token = visitor.run("cat", f"{account}/token")[0]
    assert world.cluster.access.bearer(f"Bearer {token}").name == "system:serviceaccount:default:default"


class Spdy:
    """kubectl al otro lado del túnel."""

    def __init__(self, session):
        self.session = session
        self.deflate = zlib.compressobj(zdict=spdy.DICTIONARY)

    def syn(self, stream, **headers):
        block = struct.pack("!I", len(headers))
        for name, value in headers.items():
            for text in (name, value):
                block += struct.pack("!I", len(text)) + text.encode()
        packed = self.deflate.compress(block) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
        body = struct.pack("!IIH", stream, 0, 0) + packed
        return struct.pack("!II", 0x80030001, len(body)) + body

    def heard(self):
        return [(frame.kind, frame.stream, frame.data, frame.last)
                for frame in spdy.Frames().receive(b"".join(self.session.read()))]  # fmt: skip


def test_a_tunnel_carries_requests_even_byte_by_byte(visitor):
    web = POD.replace("caja", "web")
    client = Spdy(visitor.open("portforward", TUNNEL, web).session)
    sent = client.syn(1, streamtype="error", port="80", requestid="0")
    sent += client.syn(3, streamtype="data", port="80", requestid="0")
    sent += spdy.data(3, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") + spdy.data(3, b"", last=True) + spdy.ping(7)
    for byte in sent:
        client.session.feed(bytes([byte]))
    kinds = client.heard()
    said = b"".join(data for kind, stream, data, _ in kinds if kind == spdy.DATA and stream == 3)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n") and said.endswith(b"Welcome to nginx!</h1>")
    assert {stream for kind, stream, _, last in kinds if kind == spdy.DATA and last} == {1, 3}
    assert (spdy.PING, 7) in [(kind, stream) for kind, stream, _, _ in kinds]


def test_a_tunnel_says_on_the_error_stream_that_nobody_listens(visitor):
    client = Spdy(visitor.open("portforward", TUNNEL).session)
    client.session.feed(client.syn(1, streamtype="error", port="81", requestid="0"))
    client.session.feed(client.syn(3, streamtype="data", port="81", requestid="0"))
    why = b"".join(data for kind, stream, data, _ in client.heard() if kind == spdy.DATA and stream == 1)
    assert b"connection refused" in why


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n", struct.pack("!II", 0x80030001, 4) + b"xxxx", b"\xff" * 40]
)
def test_noise_closes_the_tunnel(visitor, noise):
    session = visitor.open("portforward", TUNNEL).session
    session.feed(noise)
    assert session.closed


def test_the_dictionary_is_the_one_of_the_standard():
    assert (len(spdy.DICTIONARY), zlib.adler32(spdy.DICTIONARY)) == (1423, 0xE3C6A7C2)
