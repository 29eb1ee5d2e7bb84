"""La tabla de cargas: imágenes que existen, nombres de imagen, y un `sh` pequeño que cuenta su propio tiempo."""

from __future__ import annotations

import pytest

from lab_tools.embedded.workloads.disk import Disk
from lab_tools.embedded.workloads.table import InvalidReference, Launch, NotExecutable, Reference, Workloads
from lab_tools.errors import OrquestaError

TABLE = Workloads.load()


def program(image, *command, args=(), env=None, memory=None):
    found = TABLE.image(Reference.parse(image))
    return TABLE.program(found, Launch(list(command), list(args), dict(env or {}), Disk(), "h", 1000.0, memory))


def script(text, **env):
    return program("busybox:1.36", "sh", "-c", text, env=env)


def written(running, age=1.0):
    return [line for _, line in running.lines(age)]


@pytest.mark.parametrize(("name", "full"), [
    ("nginx:1.27", "docker.io/library/nginx:1.27"), ("nginx", "docker.io/library/nginx:latest"),
    ("grupo/app:2", "docker.io/grupo/app:2"), ("registry.invalid/app:1", "registry.invalid/app:1"),
    ("localhost:5000/x", "localhost:5000/x:latest"),
])  # fmt: skip
def test_image_names_are_completed(name, full):
    assert str(Reference.parse(name)) == full


def test_an_upper_case_name_is_not_an_image():
    with pytest.raises(InvalidReference, match="must be lowercase"):
        Reference.parse("UPPER/Case:1")


def test_only_what_is_in_the_table_exists():
    assert TABLE.image(Reference.parse("nginx:1.28")) is not None
    assert TABLE.image(Reference.parse("nginx:9")) is None
    assert TABLE.image(Reference.parse("registry.invalid/nginx:1.27")) is None


def test_a_table_with_an_unknown_field_says_which():
    with pytest.raises(OrquestaError, match="pul"):
        Workloads.parse("images: [{image: x, tags: {'1':}, pul: 3}]")


def test_a_server_opens_its_port_answers_and_never_changes_again():
    web = program("nginx:1.27")
    assert (web.listening(80, 0.0), web.listening(80, 1.0), web.listening(81, 1.0)) == (False, True, False)
    assert (web.answer("/", 1.0).status, web.answer("/nada", 1.0).status) == (200, 404)
    assert web.next_change(1.0) is None
    assert web.farewell.code == 0


def test_a_server_without_room_is_killed():
    assert program("nginx:1.27", memory=2**20).ending(60).reason == "OOMKilled"


def test_a_command_that_is_not_there_cannot_start():
    with pytest.raises(NotExecutable, match='exec: "foo": executable file not found'):
        program("busybox:1.36", "foo")


@pytest.mark.parametrize(("text", "code", "lines"), [
    ("echo bye; exit 3", 3, ["bye"]),
    ("true && echo si || echo no", 0, ["si"]),
    ("false || echo no", 0, ["no"]),
    ("if [ -f /x ]; then echo si; else echo no; fi", 0, ["no"]),
    ("for i in 1 2 3; do echo $i; done | grep 2", 0, ["2"]),
    ("i=0; while [ $i -lt 3 ]; do echo n$i; i=$((i+1)); done", 0, ["n0", "n1", "n2"]),
    ('echo "$A y \'$B\' ${C:-tres}"', 0, ["uno y 'dos' tres"]),
    ("echo hola > /f; cat /f; cat < /f | cat", 0, ["hola", "hola"]),
    ("touch /f; rm /f; cat /f", 1, ["cat: can't open '/f': No such file or directory"]),
    ("echo $(hostname)-$(echo a b)", 0, ["h-a b"]),
    ("( echo a; echo b ) 2>&1; { echo c; }", 0, ["a", "b", "c"]),
    ("until true; do echo nunca; done; ! false", 0, []),
    ("nada", 127, ["sh: nada: not found"]),
    ("echo 'a", 2, ["sh: syntax error: unterminated quoted string near \"'a\""]),
    ("printf '%s-%s\\n' a b", 0, ["a-b"]),
])  # fmt: skip
def test_what_a_script_writes_and_how_it_ends(text, code, lines):
    running = script(text, A="uno", B="dos")
    assert (running.ending(60).code, written(running)) == (code, lines)


def test_a_script_keeps_its_own_time():
    running = script("echo a; sleep 30; echo b; sleep 1m; exit 4")
    assert running.ending(60) is None
    assert (running.ending(600).at, running.ending(600).code) == (90.0, 4)
    assert [at for at, _ in running.lines(600)] == [0.0, 30.0]


def test_files_have_a_history_that_probes_can_read():
    running = script("touch /tmp/ok; sleep 30; rm /tmp/ok; sleep 600")
    assert [running.execute(["cat", "/tmp/ok"], age).code for age in (10.0, 29.0, 31.0)] == [0, 0, 1]
    assert running.next_change(1.0) == 30.0


def test_a_loop_for_ever_is_simulated_only_as_far_as_asked():
    running = script("while true; do echo tic; sleep 1; done")
    assert running.ending(600) is None
    assert len(running.lines(10.5)) == 11
    assert script("while true; do :; done").ending(600) is None


def test_nobody_gets_out_of_memory_by_doubling_a_text():
    running = script("x=aaaaaaaa; while true; do x=$x$x; done")
    assert running.ending(60) is None


@pytest.mark.parametrize(("text", "code"), [
    ("trap 'exit 0' TERM; sleep 60", 0), ("sleep 60", None), ("trap '' TERM; sleep 60", None),
    ("trap 'exit 0' TERM; trap - TERM; sleep 60", None),
])  # fmt: skip
def test_only_who_asked_for_it_hears_sigterm(text, code):
    running = script(text)
    running.ending(10)
    assert (running.farewell.code if running.farewell else None) == code


@pytest.mark.parametrize(("text", "lines"), [
    ("printf 'DB_A=1\\nXDB=2\\n' | grep -E '^DB_'", ["DB_A=1"]),
    ("printf 'a1\\nb2\\nc\\n' | grep -c '[[:digit:]]'", ["2"]),
    ("printf 'a+b\\naab\\n' | grep 'a+b'", ["a+b"]),
    ("printf 'a+b\\naab\\n' | grep -E 'a+b'", ["aab"]),
    ("printf 'Uno\\ndos\\n' | grep -vi uno", ["dos"]),
    ("printf 'ip=10.0.0.1\\n' | grep -oE '[0-9.]+'", ["10.0.0.1"]),
    ("printf 'x\\n' | grep -q y || echo nada", ["nada"]),
    ("echo x > /tmp/a; echo x > /tmp/b; grep x /tmp/a /tmp/b", ["/tmp/a:x", "/tmp/b:x"]),
    ("echo x | grep '['", ["grep: bad regex '[': Invalid regexp"]),
    ("mkdir /d; touch /d/b.txt /d/a.txt /d/.c /d/z.md; cd /d; echo *.txt; echo /d/?.md; echo *", [
        "a.txt b.txt", "/d/z.md", "a.txt b.txt z.md"]),
    ("echo '*' \"/t?p\" /tmp/*.no", ["* /t?p /tmp/*.no"]),
    ("for f in /etc/host*; do echo \"<$f>\"; done", ["</etc/host*>"]),
    ("echo hola > /a; cp /a /b; mv /a /tmp; cat /b /tmp/a; cat /a", [
        "hola", "hola", "cat: can't open '/a': No such file or directory"]),
    ("mkdir -p /d/e; echo 1 > /d/e/f; cp /d /g; cp -r /d /g; cat /g/e/f", ["cp: omitting directory '/d'", "1"]),
    ("for i in $(seq 3); do printf $i; done; echo; seq 2 -1 0", ["123", "2", "1", "0"]),
    ("echo a:b:c | cut -d: -f1,3; echo hola | cut -c2-3", ["a:c", "ol"]),
    ("echo hola | tr a-z A-Z; echo h-o-l | tr -d -- -", ["HOLA", "hol"]),
    ("printf 'a\\na\\nb\\n' | uniq -c", ["      2 a", "      1 b"]),
    ("basename /a/b.txt .txt; dirname /a/b", ["b", "/a"]),
])  # fmt: skip
def test_texts_and_files_are_handled_as_busybox_does(text, lines):
    running = script(text)
    assert running.ending(60) is not None and written(running, 60) == lines
