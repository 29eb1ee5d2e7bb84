"""Aprende del cable los números de campo de Protobuf que usa kubectl, y escribe la tabla.

    python -m tests.conformance.learn_protobuf > lab_tools/embedded/rest/protobuf_fields.py

Cada generador (`kubectl create …`) se ejecuta dos veces con las mismas marcas: una contra un servidor que
solo guarda el cuerpo que recibe, y otra con `--dry-run=client -o json`. Donde coinciden los valores se
aprende que ese número es ese campo; donde viaja un cero que el JSON calla, que su cero no dice nada («?»).
"""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from lab_tools.embedded.rest import discovery, protobuf
from lab_tools.embedded.rest.protobuf import INLINE
from lab_tools.objects import kinds, schema
from lab_tools.objects.schema import INT_OR_STRING, MICRO_TIME, QUANTITY, TIME, Field

KUBECTL = str(Path(sys.executable).parent / "kubectl")

# Valores raros a propósito: cada uno debe reconocerse entre los demás.
GENERATORS = (
    "create namespace marca-uno",
    "create deployment marca-dep --image=img/dep:7 --replicas=17 --port=4242",
    "create deployment marca-cmd --image=img/cmd:7 -- orden-uno orden-dos",
    "create job marca-job --image=img/job:7 -- orden-tres orden-cuatro",
    "create cronjob marca-cj --image=img/cj:7 --schedule='3 4 5 6 *' --restart=Never -- orden-cinco",
    "create configmap marca-cm --from-literal=clave-a=valor-a --from-literal=clave-b=valor-b",
    "create configmap marca-bin --from-file={binary}",
    "create secret generic marca-sec --from-literal=clave-s=valor-s --type=marca/tipo",
    "create secret docker-registry marca-reg --docker-username=yo --docker-password=clave --docker-server=reg",
    "create serviceaccount marca-sa",
    "create service clusterip marca-svc --tcp=4301:4302",
    "create service clusterip marca-nada --tcp=4305 --clusterip=None",
    "create service nodeport marca-np --tcp=4303:puerto --node-port=30123",
    "create service loadbalancer marca-lb --tcp=4306:4307",
    "create service externalname marca-en --external-name=fuera.example.com",
    "create role marca-rol --verb=get,update --resource=pods,deployments.apps --resource-name=uno-solo",
    "create clusterrole marca-crol --verb=get --non-resource-url=/marca/url",
    "create clusterrole marca-agr --aggregation-rule=clave-ag=valor-ag",
    "create rolebinding marca-rb --role=un-rol --user=una-persona --group=un-grupo --serviceaccount=un-ns:una-sa",
    "create clusterrolebinding marca-crb --clusterrole=otro-rol --user=otra-persona",
    "create quota marca-cuota --hard=cpu=3,pods=9 --scopes=BestEffort",
    "create pdb marca-pdb --selector=clave-p=valor-p --min-available=23",
    "create pdb marca-pdb2 --selector=clave-p=valor-p --max-unavailable=31%",
    "create priorityclass marca-pc --value=4567 --global-default=true --description=una-frase "
    "--preemption-policy=Never",
    "create ingress marca-ing --class=una-clase --rule=h.example.com/ruta*=svc-uno:4308,tls=un-secreto "
    "--rule=otro.example.com/x=svc-dos:nombrado --annotation=clave-an=valor-an --default-backend=svc-def:4309",
    "autoscale deployment web --name=marca-hpa --min=13 --max=29 --cpu=57%",
    "autoscale deployment web --name=marca-hpa2 --min=13 --max=29 --memory=71Mi",
)

# Un Job copiado de un CronJob lleva la plantilla entera: con ella se aprende todo lo que cabe en un Pod.
FROM_CRONJOB = "create job marca-copia --from=cronjob/rico"
# Dos booleanos iguales no se distinguen: en cada vuelta solo uno de cada tipo es cierto.
BOOLEANS = 10

Learned = dict[str, dict[int, str]]
_DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
               "spec": {}}  # fmt: skip


class Recorder(BaseHTTPRequestHandler):
    """Guarda el cuerpo de cada POST y contesta lo justo para que kubectl llegue a mandarlo."""

    bodies: ClassVar[list[bytes]] = []
    rich: ClassVar[dict[str, Any]] = {}

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self._answer(400, b"")

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in ("/api", "/apis"):
            found = discovery.aggregated(kinds.BUILT_IN, path == "/api", "v2")
            self._answer(200, json.dumps(found).encode(), discovery.content_type("v2"))
        elif "/cronjobs/" in path:
            self._answer(200, json.dumps(self.rich).encode(), "application/json")
        else:
            self._answer(200, json.dumps(_DEPLOYMENT).encode(), "application/json")

    def _answer(self, code: int, body: bytes, media: str = "text/plain") -> None:
        self.send_response(code)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Callado."""


def samples() -> Iterable[tuple[bytes, dict[str, Any]]]:
    """Pares (cuerpo en Protobuf, el mismo objeto en JSON), uno por generador."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder, "marca.bin")
        binary.write_bytes(b"\xff\xfe\x00marca")
        base = [KUBECTL, "--server", f"http://127.0.0.1:{server.server_port}", "--cache-dir", f"{folder}/cache",
                "--namespace", "un-espacio"]  # fmt: skip
        for number, line in enumerate((*GENERATORS, *[FROM_CRONJOB] * BOOLEANS)):
            Recorder.rich = _cron_job(number - len(GENERATORS))
            command = [*base, *shlex.split(line.replace("{binary}", str(binary)))]
            before, cut = len(Recorder.bodies), command.index("--") if "--" in command else len(command)
            subprocess.run(command, capture_output=True, check=False, timeout=30)
            dry = [*command[:cut], "--dry-run=client", "-o", "json", *command[cut:]]
            shown = subprocess.run(dry, capture_output=True, check=True, timeout=30, text=True).stdout
            if len(Recorder.bodies) == before:
                raise SystemExit(f"«{line}» no mandó ningún cuerpo")
            # Tras un rechazo, `autoscale` insiste con una versión más vieja: interesa el primero.
            yield Recorder.bodies[before], json.loads(shown)
    server.shutdown()


def _cron_job(turn: int) -> dict[str, Any]:
    """Un CronJob con una marca en cada campo; el booleano número `turn` de cada tipo es cierto."""
    template = "io.k8s.api.batch.v1.JobTemplateSpec"
    spec = {"schedule": "1 2 3 4 5", "jobTemplate": _marked_object(template, iter(range(1001, 10**6)), turn, ())}
    metadata = {"name": "rico", "namespace": "un-espacio", "uid": "marca-uid"}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec}


def _marked_object(definition: str, marks: Iterator[int], turn: int, above: tuple[str, ...]) -> dict[str, Any]:
    found, booleans = {}, 0
    for field in schema.definition(definition).fields.values():
        if field.type == "boolean":
            if booleans == turn:
                found[field.name] = True
            booleans += 1
        elif field.name not in ("status", "managedFields") and field.ref not in (TIME, MICRO_TIME, *above):
            value = _marked_value(field, marks, turn, (*above, definition))
            if value not in (None, {}, [None], [{}]):
                found[field.name] = value
    return found


def _marked_value(field: Field, marks: Iterator[int], turn: int, above: tuple[str, ...]) -> Any:
    if field.additional:
        return {f"clave-{next(marks)}": _marked_value(field.additional, marks, turn, above)}
    if field.items:
        return [_marked_value(field.items, marks, turn, above)]
    if field.ref == INT_OR_STRING:
        return next(marks)
    if field.ref == QUANTITY:
        return str(next(marks))
    if field.ref in (TIME, MICRO_TIME, *above):
        return None
    if field.ref:
        return _marked_object(field.ref, marks, turn, above)
    return next(marks) if field.type == "integer" else f"marca-{next(marks)}"


class Learner:
    """Lo aprendido hasta ahora: nombres de los números, y números cuyo cero no dice nada."""

    def __init__(self) -> None:
        self.names: Learned = defaultdict(dict)
        self.silent: dict[str, set[int]] = defaultdict(set)

    def learn(self, definition: str, data: bytes, value: dict[str, Any], part: str = "") -> int:
        """Compara un mensaje con su JSON; devuelve cuántos valores coincidieron.

        `part` es «+» dentro de un mensaje incrustado, cuyos campos son en el JSON los de quien lo contiene.
        """
        fields, matched = schema.definition(definition).fields, 0
        names, silent = self.names[definition + part], self.silent[definition + part]
        grouped: dict[int, list[protobuf.Raw]] = defaultdict(list)
        for number, raw in protobuf._fields(data):
            grouped[number].append(raw)
        for number, raws in grouped.items():
            scores = {name: _score(fields[name], raws, value[name]) for name in value if name in fields}
            best = max(scores.values(), default=0)
            inline = 0 if part or len(raws) > 1 else _score_object(definition, raws[0], value, INLINE)
            direct = next((fields[name] for name, score in scores.items() if score == best > 0), None)
            # Un incrustado con un solo campo también parece ese campo; un mapa nunca es un incrustado.
            if inline > best or (inline == best > 0 and direct is not None and direct.ref and direct.definition):
                names[number] = INLINE
                matched += inline
                self.learn(definition, protobuf._message(raws[0]), value, INLINE)
                continue
            winners = [name for name, score in scores.items() if score == best]
            if best == 0:
                if all(protobuf._is_blank(raw) for raw in raws):
                    silent.add(number)
                continue
            if len(winners) > 1:
                continue
            name = winners[0]
            known = names.setdefault(number, name)
            if known != name:
                raise ValueError(f"{definition}: el campo {number} parece {known} y {name}")
            matched += best
            self._inside(fields[name], raws, value[name])
        return matched

    def _inside(self, field: Field, raws: list[protobuf.Raw], value: Any) -> None:
        inner, values = (field.items, value) if field.items else (field, [value])
        if inner.ref in (TIME, MICRO_TIME, QUANTITY, INT_OR_STRING, "") or inner.additional:
            return
        for raw, one in zip(raws, values, strict=True):
            if isinstance(raw, bytes):
                self.learn(inner.ref, raw, one)


def _score(field: Field, raws: list[protobuf.Raw], value: Any) -> int:
    """Cuántos valores distintos de vacío coinciden entre un campo del cable y uno del JSON."""
    try:
        if field.additional:
            found: Any = None
            for raw in raws:
                found = protobuf._add(found, raw, field)
            return len(found) if found == value else 0
        if field.items:
            if not isinstance(value, list) or len(value) != len(raws):
                return 0
            each = [_score(field.items, [raw], one) for raw, one in zip(raws, value, strict=True)]
            return sum(each) if all(each) else 0
        if len(raws) > 1:
            return 0
        if field.ref not in (TIME, MICRO_TIME, QUANTITY, INT_OR_STRING, ""):
            return _score_object(field.ref, raws[0], value)
        if isinstance(raws[0], int) != (isinstance(value, bool | int) and field.ref == ""):
            return 0
        if isinstance(value, bool) and raws[0] not in (0, 1):
            return 0
        return int(protobuf._value(raws[0], field) == value and value not in (0, "", False, None))
    except ValueError:
        return 0


def _score_object(definition: str, raw: protobuf.Raw, value: Any, part: str = "") -> int:
    if not isinstance(raw, bytes) or not isinstance(value, dict):
        return 0
    key = (definition, part, raw, id(value))
    if key not in _SCORES:
        try:
            _SCORES[key] = (Learner().learn(definition, raw, value, part), value)
        except ValueError:
            _SCORES[key] = (0, value)
    return _SCORES[key][0]


# Comparar dos veces lo mismo a cada nivel costaría minutos. El valor se guarda para que su `id` no se reutilice.
_SCORES: dict[tuple[str, str, bytes, int], tuple[int, Any]] = {}


def main() -> None:
    """Escribe la tabla por la salida estándar."""
    learner, bodies = Learner(), []
    for body, shown in samples():
        unknown = dict(protobuf._fields(body[len(protobuf.MAGIC) :]))
        gvk = (*_group_version(shown["apiVersion"]), shown["kind"])
        name = next(name for name in schema.names() if gvk in schema.definition(name).gvks)
        learner.learn(name, protobuf._message(unknown[2]), shown)
        # Una copia completa basta para las pruebas; las demás vueltas solo deshacen empates.
        bodies.append({"protobuf": base64.b64encode(body).decode(), "json": shown})
    print(HEADER)
    print("FIELDS: dict[str, dict[int, str]] = {")
    for name in sorted(name for name, names in learner.names.items() if names):
        rows = [
            f'{number}: "{field}{"?" if number in learner.silent[name] else ""}"'
            for number, field in sorted(learner.names[name].items())
        ]
        print(f'    "{name}": {{')
        print(textwrap.indent(textwrap.fill(", ".join(rows), 112) + ",", " " * 8))
        print("    },")
    print("}")
    kept = bodies[: len(GENERATORS) + 1]
    Path(__file__).with_name("protobuf_bodies.json").write_text(json.dumps(kept) + "\n")


def _group_version(api_version: str) -> tuple[str, str]:
    group, _, version = api_version.rpartition("/")
    return group, version


HEADER = '''"""Qué campo es cada número en los cuerpos Protobuf de los generadores de kubectl.

Aprendida del cable con `python -m tests.conformance.learn_protobuf`: no se edita a mano. Un nombre acabado
en «?» es de un campo que viaja siempre, también vacío: su cero no quiere decir nada. «+» es un mensaje
incrustado, descrito bajo el mismo nombre con un «+» detrás.
"""

from __future__ import annotations
'''

if __name__ == "__main__":
    main()
