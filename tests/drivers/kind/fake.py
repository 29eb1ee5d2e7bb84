"""Un «kind» y un «docker» de mentira: los mismos verbos, con los textos que los de verdad escriben.

Quien lo ejecuta le dice en PROGRAM cuál de los dos es. Lo que «hay en el motor» es un archivo por clúster en
FAKE_STATE; FAKE_SCENARIO es el archivo JSON con una grabación de `recordings.yaml`; FAKE_SERVER, la dirección que
se escribe en el kubeconfig.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

STATE = Path(os.environ["FAKE_STATE"])


def option(args: list[str], name: str, default: str = "") -> str:
    return args[args.index(name) + 1] if name in args else default


def clusters() -> dict[str, list[dict[str, str]]]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(STATE.glob("*.json"))}


def save(name: str, found: list[dict[str, str]]) -> None:
    (STATE / f"{name}.json").write_text(json.dumps(found))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def write_kubeconfig(name: str, path: str) -> None:
    context = f"kind-{name}"
    Path(path).write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": context,
        "clusters": [{"name": context, "cluster": {"server": os.environ.get("FAKE_SERVER", "http://127.0.0.1:9")}}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "users": [{"name": context, "user": {"token": "de-kind"}}],
    }))  # fmt: skip


def create(args: list[str]) -> int:
    name = option(args, "--name")
    document = json.loads(Path(option(args, "--config")).read_text())
    if name in clusters():
        say(f'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "{name}"')
        return 1
    recording = json.loads(Path(os.environ["FAKE_SCENARIO"]).read_text(encoding="utf-8"))
    for line in recording["said"].splitlines():
        say(line.replace("NOMBRE", name))
        if "• Preparing nodes" in line:
            roles = [node["role"] for node in document["nodes"]]
            workers = [f"{name}-worker{'' if number == 1 else number}" for number in range(1, len(roles))]
            save(name, [{"name": node, "role": role, "state": "running", "told": "Up 1 second"}
                        for node, role in zip([f"{name}-control-plane", *workers], roles, strict=True)])  # fmt: skip
    if recording["exit"] == "sigue":
        time.sleep(60)
    if recording["exit"] == 0:
        write_kubeconfig(name, option(args, "--kubeconfig"))
    return int(recording["exit"])


def kind(args: list[str]) -> int:
    name = option(args, "--name")
    match args[:2]:
        case ["version", *_]:
            print(os.environ.get("FAKE_VERSION", "kind v0.33.0 go1.26.0 linux/amd64"))
        case ["create", "cluster"]:
            return create(args)
        case ["get", "clusters"]:
            print("\n".join(clusters())) if clusters() else say("No kind clusters found.")
        case ["delete", "cluster"]:
            say(f'Deleting cluster "{name}" ...')
            (STATE / f"{name}.json").unlink(missing_ok=True)
        case ["export", "kubeconfig"]:
            write_kubeconfig(name, option(args, "--kubeconfig"))
        case ["export", "logs"]:
            (Path(args[2]) / "kind-version.txt").write_text("kind v0.33.0")
        case ["load", "docker-image"]:
            if "ausente:1" in args:
                say('ERROR: image: "ausente:1" not present locally')
                return 1
        case ["load", "image-archive"]:
            pass
        case _:
            say(f"ERROR: unknown command {args}")
            return 1
    return 0


def engine(args: list[str]) -> int:
    if said := os.environ.get("FAKE_ENGINE", ""):
        say(said)
        return 1
    if args[0] == "info":
        print(os.environ.get("FAKE_INFO", "{}"))
        return 0
    if args[0] == "ps":
        wanted = next(arg for arg in args if arg.startswith("label=")).rpartition("=")[2]
        for node in clusters().get(wanted, []):
            print("\t".join((node["name"], node["role"], node["state"], node["told"])))
        return 0
    for cluster, found in clusters().items():
        for node in found:
            if node["name"] == args[1] and args[0] == "stop":
                node |= {"state": "exited", "told": "Exited (130) 1 second ago"}
            elif node["name"] == args[1] and node["name"] != os.environ.get("FAKE_DEAD"):
                node |= {"state": "running", "told": "Up 1 second"}
        save(cluster, found)
    return 0


def main() -> int:
    program = str(globals().get("PROGRAM", "kind"))
    with (STATE / "calls").open("a", encoding="utf-8") as calls:
        calls.write(f"{program} {' '.join(sys.argv[1:])}\n")
    return kind(sys.argv[1:]) if program == "kind" else engine(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
