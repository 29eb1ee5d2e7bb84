"""Las peticiones: de lo casi correcto a lo imposible. Cada jugada mira el mundo y devuelve una `Request`."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lab_tools.drivers.in_process import USERS
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request
from lab_tools.objects import kinds
from lab_tools.objects.kinds import Kind
from tests.fuzz import chance

JSON = "application/json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
PATCHES = ("application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
           "application/apply-patch+yaml")  # fmt: skip
NAMESPACES = ("default", "default", "default", "b", "kube-system", "no-existe")
NAMES = ("a", "b", "a-0", "node-1", "node-2", "extra", "default", "suma", "kubernetes", "standard", "no-existe")
_SELECTORS = (
    "app=a",
    "app",
    "!app",
    "app!=web",
    "app in (a,web),x notin (y)",
    "app=web",
    "a=b",
    "",
    "app in (",
    "=a",
    "a==b==c",
    "(",
    "a b",
    "ñ=1",
)
_FIELDS = ("metadata.name=a", "metadata.namespace!=default", "status.phase=Running", "spec.nodeName=node-1",
    "status.phase!=Pending,metadata.name=a",
           "type=Opaque", "involvedObject.kind=Pod", "reason=Porque", "x=y", "metadata.name", "=",
           "spec.unschedulable=false", "a\\,b=c")  # fmt: skip
_DOCUMENTS = ("/", "/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1", "/apis/metrics.k8s.io/v1beta1",
    "/openapi/v2", "/openapi/v3",
              "/openapi/v3/api/v1", "/openapi/v3/apis/apps/v1", "/version", "/healthz", "/livez", "/readyz",
              "/metrics", "/logs", "/apis/no.existe/v1",
              "/api/v2/pods", "//api//v1//pods", "/api/v1/watch/pods", "/orquesta/v1/state", "/orquesta/v1/clock",
              "/orquesta/v1/nada")  # fmt: skip
_HERE = Path(__file__).parent


@cache
def examples() -> tuple[dict[str, Any], ...]:
    """Un objeto válido de cada tipo."""
    return tuple(yaml.safe_load_all((_HERE / "examples.yaml").read_text(encoding="utf-8")))


@cache
def _protobuf() -> tuple[tuple[Kind, bytes], ...]:
    recorded = json.loads((_HERE.parent / "conformance" / "protobuf_bodies.json").read_text(encoding="utf-8"))
    found = ((kinds.find(one["json"]["apiVersion"], one["json"]["kind"]), base64.b64decode(one["protobuf"]))
             for one in recorded)  # fmt: skip
    return tuple((kind, data) for kind, data in found if kind is not None)


class Moves:
    """Quien elige la próxima petición. `luck` es toda su suerte."""

    def __init__(self, cluster: EmbeddedCluster, luck: random.Random) -> None:
        self._cluster = cluster
        self._luck = luck

    def next(self) -> Request:
        """La próxima petición."""
        (move,) = self._luck.choices([one for one, _ in _MOVES], [weight for _, weight in _MOVES])
        request: Request = move(self)
        request.user = USERS[self._luck.choice(("owner",) * 12 + ("student",) * 3 + ("checker",))]
        if self._luck.random() < 0.03:
            self._disguise(request)
        return request

    def opening(self) -> Iterator[Request]:
        """Con qué empieza una vida: casi todos los ejemplos, tal cual."""
        for one in examples():
            kind = self._cluster.api.kinds.find(one["apiVersion"], one["kind"])
            if kind is not None and self._luck.random() < 0.7:
                body = json.dumps(one).encode()
                yield Request("POST", kind.path("default"), {}, {"content-type": JSON}, body, USERS["owner"])

    # Jugadas

    def create(self) -> Request:
        """POST de un ejemplo, casi siempre con algún cambio."""
        kind, obj = self._example()
        if self._luck.random() < 0.4:
            obj.get("metadata", {})["name"] = self._luck.choice(NAMES)
        if self._luck.random() < 0.1:
            obj.get("metadata", {}).pop("name", None)
            obj.setdefault("metadata", {})["generateName"] = self._luck.choice(("gen-", "G", "x" * 80))
        if self._luck.random() < 0.05:
            obj.setdefault("metadata", {})["resourceVersion"] = "1"
        obj = self._twisted(obj)
        return Request("POST", kind.path(self._space(kind)), self._write_query(), *self._encoded(obj))

    def create_protobuf(self) -> Request:
        """POST en el protobuf de kubectl, entero o roto."""
        kind, data = self._luck.choice(_protobuf())
        if self._luck.random() < 0.7:
            data = chance.damaged(self._luck, data)
        headers = {"content-type": "application/vnd.kubernetes.protobuf"}
        return Request("POST", kind.path(self._space(kind)), self._write_query(), headers, data)

    def read(self) -> Request:
        """GET o HEAD de un objeto o de una lista."""
        kind = self._kind()
        name = self._luck.choice((self._name(kind), ""))
        path = kind.path(self._space(kind), name, self._sub(kind) if name and self._luck.random() < 0.2 else "")
        headers = {"accept": self._luck.choice(_ACCEPTS)} if self._luck.random() < 0.5 else {}
        return Request(self._luck.choice(("GET", "GET", "GET", "HEAD")), path, self._read_query(), headers)

    def replace(self) -> Request:
        """PUT de lo que hay, cambiado o no, en el objeto o en un subrecurso."""
        kind, namespace, obj = self._present()
        name = obj["metadata"]["name"]
        sub = self._sub(kind) if self._luck.random() < 0.3 else ""
        if self._luck.random() < 0.5:
            obj["metadata"].pop("resourceVersion", None)
        if sub == "scale":
            obj = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": name, "namespace": namespace},
                   "spec": {"replicas": self._luck.choice((0, 1, 3))}}  # fmt: skip
        obj = self._twisted(obj)
        return Request("PUT", kind.path(namespace, name, sub), self._write_query(), *self._encoded(obj))

    def patch(self) -> Request:
        """PATCH de cualquiera de los cuatro tipos."""
        kind, namespace, obj = self._present()
        media = self._luck.choice(PATCHES)
        name = obj["metadata"]["name"] if self._luck.random() < 0.95 else self._name(kind)
        sub = self._sub(kind) if self._luck.random() < 0.2 else ""
        change = _PATCHES[media](self, obj)
        query = self._write_query()
        if media == PATCHES[3] and self._luck.random() < 0.95:
            query["fieldManager"] = [self._luck.choice(("yo", "tú", "kubectl"))]
            if self._luck.random() < 0.4:
                query["force"] = [self._luck.choice(("true", "1", "false"))]
        body = json.dumps(change).encode()
        if media == PATCHES[3] and self._luck.random() < 0.3:
            body = yaml.safe_dump(_tame(change), allow_unicode=True).encode()
        if self._luck.random() < 0.04:
            body = chance.damaged(self._luck, body)
        return Request("PATCH", kind.path(namespace, name, sub), query, {"content-type": media}, body)

    def delete(self) -> Request:
        """DELETE de un objeto, con o sin opciones."""
        kind, namespace, obj = self._present()
        query, body = self._write_query(), b""
        if self._luck.random() < 0.4:
            options = {"apiVersion": "v1", "kind": "DeleteOptions",
                       "propagationPolicy": self._luck.choice(("Orphan", "Background", "Foreground", "Mal", None)),
                       "gracePeriodSeconds": self._luck.choice((0, 1, 30, -1, None)),
                       "preconditions": self._luck.choice((None, {"uid": "x"}, {"resourceVersion": "1"},
                       {"uid": obj["metadata"].get("uid")}))}  # fmt: skip
            body = json.dumps(self._twisted(options)).encode()
        elif self._luck.random() < 0.5:
            query["propagationPolicy"] = [self._luck.choice(("Orphan", "Background", "Foreground", "Mal"))]
            query["gracePeriodSeconds"] = [self._luck.choice(("0", "5", "-1", "x"))]
        return Request("DELETE", kind.path(namespace, obj["metadata"]["name"]), query, {}, body)

    def delete_many(self) -> Request:
        """DELETE de una colección."""
        kind = self._kind()
        return Request("DELETE", kind.path(self._space(kind)), {**self._read_query(), **self._write_query()})

    def evict(self) -> Request:
        """Desalojar, atar o pedir el token de alguien."""
        kind, sub, body = self._luck.choice((
            (kinds.POD, "eviction", {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}),
            (kinds.POD, "binding", {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "a"},
                                    "target": {"kind": "Node", "name": "node-1"}}),
            (kinds.SERVICEACCOUNT, "token", {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                                             "spec": {"expirationSeconds": 600, "audiences": ["a"]}}),
        ))  # fmt: skip
        name = self._name(kind)
        body["metadata"] = {"name": name}
        return Request("POST", kind.path(self._space(kind), name, sub), self._write_query(),
                       *self._encoded(self._twisted(body)))  # fmt: skip

    def talk(self) -> Request:
        """Entrar en un contenedor, leer lo que dijo o hablar con un puerto."""
        sub = self._luck.choice(("log", "exec", "attach", "portforward", "proxy"))
        query = {
            "command": self._luck.choice((["sh", "-c", "echo hola; exit 3"], ["ls", "/"], ["sh", "-c",
            str(chance.scalar(self._luck))], [])),
            "container": [self._luck.choice(("c", "d", "antes", "nadie", ""))],
            "ports": [self._luck.choice(("80", "0", "99999", "x"))],
            "tailLines": [self._luck.choice(("1", "0", "-1", "x", "9" * 30))],
            "sinceSeconds": [self._luck.choice(("1", "0", "-1", "x"))],
            "sinceTime": [self._luck.choice(("2026-01-01T00:00:00Z", "ayer", ""))],
            "limitBytes": [self._luck.choice(("1", "0", "-1", "x"))],
            **{name: [self._luck.choice(("true", "false"))] for name in ("stdin", "stdout", "tty", "previous",
                "timestamps", "follow")},
        }  # fmt: skip
        chosen = {name: value for name, value in query.items() if self._luck.random() < 0.4}
        headers = {"upgrade": "websocket", "sec-websocket-protocol": self._luck.choice(
            ("v5.channel.k8s.io", "v4.channel.k8s.io", "SPDY/3.1+portforward.k8s.io", "otro"))}  # fmt: skip
        path = kinds.POD.path("default", self._name(kinds.POD), sub)
        return Request(self._luck.choice(("GET", "POST")), path, chosen, headers if self._luck.random() < 0.9 else {})

    def document(self) -> Request:
        """Descubrimiento, OpenAPI, salud y la puerta propia (menos mover el reloj, que lo mueve la vida)."""
        method = self._luck.choice(("GET", "GET", "GET", "HEAD", "PUT", "OPTIONS"))
        accept = {"accept": self._luck.choice((*_ACCEPTS, DISCOVERY))}
        return Request(method, self._luck.choice(_DOCUMENTS), self._read_query(), accept)

    def nonsense(self) -> Request:
        """Una ruta rota, con cualquier método y cualquier cuerpo."""
        kind, obj = self._example()
        parts = kind.path(self._space(kind), self._name(kind), self._sub(kind)).split("/")
        place = self._luck.randrange(1, len(parts))
        if self._luck.random() < 0.5:
            parts[place] = str(self._luck.choice(chance.WORDS))
        else:
            del parts[place]
        method = self._luck.choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", ""))
        headers, body = self._encoded(obj)
        headers["content-type"] = self._luck.choice(
            (*PATCHES, JSON, "text/plain", "", "application/yaml", "multipart/form-data; boundary=x")
        )
        return Request(method, "/".join(parts), self._read_query(), headers, chance.damaged(self._luck, body))

    # Piezas

    def _kind(self) -> Kind:
        return self._luck.choice([kind for kind, _ in self._examples()])

    def _examples(self) -> list[tuple[Kind, dict[str, Any]]]:
        known = self._cluster.api.kinds
        found = [(known.find(one["apiVersion"], one["kind"]), one) for one in examples()]
        return [(kind, one) for kind, one in found if kind is not None]

    def _example(self) -> tuple[Kind, dict[str, Any]]:
        # Lo que mueve el mundo sale más a menudo.
        found = self._examples()
        weights = [
            3.0 if kind.group in ("apps", "batch", "policy") or kind in (kinds.POD, kinds.SERVICE) else 1.0
            for kind, _ in found
        ]
        ((kind, one),) = self._luck.choices(found, weights)
        return kind, copy.deepcopy(one)

    def _present(self) -> tuple[Kind, str | None, dict[str, Any]]:
        """Un objeto que existe (una copia), o un ejemplo si no hay ninguno de ese tipo."""
        kind, example = self._example()
        if not {"list", "create"} <= set(kind.verbs):
            return kind, self._space(kind), {**example, "metadata": {"name": "a"}}
        items = self._cluster.api.list(kind).items
        if kind.group == "rbac.authorization.k8s.io":
            items = [one for one in items if ":" not in one["metadata"]["name"]]
        if not items:
            return kind, self._space(kind), example
        obj = copy.deepcopy(self._luck.choice(items))
        return kind, obj["metadata"].get("namespace"), obj

    def _name(self, kind: Kind) -> str:
        if "list" in kind.verbs and "create" in kind.verbs and self._luck.random() < 0.7:
            items = self._cluster.api.list(kind).items
            if items:
                return str(self._luck.choice(items)["metadata"]["name"])
        return self._luck.choice(NAMES)

    def _space(self, kind: Kind) -> str | None:
        return self._luck.choice(NAMESPACES) if kind.namespaced else None

    def _sub(self, kind: Kind) -> str:
        return self._luck.choice((*kind.subresources, "status", "nada"))

    def _twisted(self, obj: Any) -> Any:
        """Con o sin cambios: algo menos de la mitad pasan tal cual."""
        return chance.mutated(self._luck, obj, self._luck.choice((0, 0, 0, 1, 1, 1, 2, 3, 8)))

    def _encoded(self, obj: Any) -> tuple[dict[str, str], bytes]:
        roll = self._luck.random()
        if roll < 0.06:
            return {"content-type": "application/yaml"}, yaml.safe_dump(_tame(obj), allow_unicode=True).encode()
        body = json.dumps(obj, ensure_ascii=self._luck.random() < 0.5).encode("utf-8", "surrogatepass")
        if roll < 0.1:
            body = chance.damaged(self._luck, body)
        headers = {"content-type": JSON}
        if roll > 0.85:
            headers["accept"] = self._luck.choice(_ACCEPTS)
        if roll > 0.97:
            headers["user-agent"] = str(self._luck.choice(chance.WORDS))
        return headers, body

    def _write_query(self) -> dict[str, list[str]]:
        query: dict[str, list[str]] = {}
        if self._luck.random() < 0.1:
            query["dryRun"] = [self._luck.choice(("All", "All", "All", "si", ""))]
        if self._luck.random() < 0.3:
            query["fieldValidation"] = [self._luck.choice(("Strict", "Warn", "Ignore", "Mucho"))]
        if self._luck.random() < 0.2:
            query["fieldManager"] = [str(self._luck.choice(("yo", "x" * 200, "a b", "\x01")))]
        return query

    def _read_query(self) -> dict[str, list[str]]:
        choices: dict[str, Callable[[], str]] = {
            "labelSelector": lambda: self._luck.choice(_SELECTORS),
            "fieldSelector": lambda: self._luck.choice(_FIELDS),
            "limit": lambda: self._luck.choice(("1", "2", "500", "0", "-1", "x", "9" * 30)),
            "continue": lambda: self._luck.choice(("", "x", "e30",
            base64.b64encode(b'{"v":"meta.k8s.io/v1","rv":1,"start":"a"}').decode(), "ñ")),
            "resourceVersion": lambda: self._luck.choice(("0", "1", "5", str(self._cluster.store.revision),
            "999999999", "x", "-1", "١")),
            "resourceVersionMatch": lambda: self._luck.choice(("Exact", "NotOlderThan", "Mal")),
            "watch": lambda: self._luck.choice(("true", "1", "false", "0", "")),
            "sendInitialEvents": lambda: self._luck.choice(("true", "false")),
            "allowWatchBookmarks": lambda: "true",
            "timeoutSeconds": lambda: self._luck.choice(("1", "60", "0", "-1", "x", "9" * 30)),
            "includeObject": lambda: self._luck.choice(("Object", "Metadata", "None", "Mal")),
            "pretty": lambda: "true",
            "verbose": lambda: "",
        }  # fmt: skip
        return {name: [pick()] for name, pick in choices.items() if self._luck.random() < 0.12}

    def _disguise(self, request: Request) -> None:
        """Con otra identidad, o con una credencial rota."""
        name, value = self._luck.choice((
            ("impersonate-user", "eva"), ("impersonate-user", "system:serviceaccount:default:a"),
            ("impersonate-group", "equipo"),
            ("impersonate-uid", "1"), ("impersonate-user", ""), ("impersonate-extra-x", "y"),
        ))  # fmt: skip
        request.headers[name] = value

    # Parches

    def _json_patch(self, obj: dict[str, Any]) -> Any:
        operations = []
        for _ in range(self._luck.choice((0, 1, 1, 2, 4))):
            pointer = "/" + "/".join(
                str(step).replace("~", "~0").replace("/", "~1") for step in self._luck.choice(chance.places(obj))
            )
            operations.append({
                "op": self._luck.choice(("add", "remove", "replace", "replace", "move", "copy", "test", "romper")),
                "path": pointer if self._luck.random() < 0.9 else self._luck.choice(("", "/", "x", "/a/-", "/~2",
                "/spec/containers/-", "/metadata/labels/x")),
                "from": self._luck.choice((pointer, "/metadata", "/metadata/name", "/nada")),
                "value": self._luck.choice((chance.scalar(self._luck), copy.deepcopy(chance.at(obj,
                self._luck.choice(chance.places(obj)))))),
            })  # fmt: skip
        return self._twisted(operations)

    def _merge_patch(self, obj: dict[str, Any]) -> Any:
        """Un camino del objeto con algo nuevo al final."""
        path = tuple(step for step in self._luck.choice(chance.places(obj)) if isinstance(step, str))
        value: Any = chance.scalar(self._luck)
        for step in reversed(path):
            value = {step: value}
        return self._twisted(value if self._luck.random() < 0.8 else obj)

    def _strategic_patch(self, obj: dict[str, Any]) -> Any:
        """Como la anterior, con listas de verdad y las órdenes de la mezcla estratégica."""
        path = self._luck.choice(chance.places(obj))
        value: Any = chance.scalar(self._luck)
        for step in reversed(path):
            value = {step: value} if isinstance(step, str) else [value]
        orders = {
            "$patch": self._luck.choice(("replace", "delete", "merge", "mal")),
            "$retainKeys": self._luck.choice((["type"], ["name"], "x", [1])),
            "$setElementOrder/containers": self._luck.choice(([{"name": "c"}], [{"name": "d"}, {"name": "c"}], ["x"],
            None)),
            "$deleteFromPrimitiveList/finalizers": self._luck.choice((["a"], "a", [{}])),
        }  # fmt: skip
        spots = [one for one in chance.places(value) if isinstance(chance.at(value, one), dict)]
        for name, order in orders.items():
            if spots and self._luck.random() < 0.15:
                chance.at(value, self._luck.choice(spots))[name] = order
        return self._twisted(value)

    def _apply_patch(self, obj: dict[str, Any]) -> Any:
        """Un objeto entero o a trozos, sin lo que pone el servidor."""
        metadata = {
            key: value
            for key, value in obj["metadata"].items()
            if key in ("name", "namespace", "labels", "annotations")
        }
        found = {**obj, "metadata": metadata}
        for key in [
            key for key in found if key not in ("apiVersion", "kind", "metadata") and self._luck.random() < 0.2
        ]:
            del found[key]
        return self._twisted(found)


def _tame(value: Any) -> Any:
    """Lo mismo, sin lo que PyYAML no sabe escribir (medios caracteres)."""
    return json.loads(json.dumps(value).replace("\\ud8", "\\u00d8").replace("\\ude", "\\u00de"))


_ACCEPTS = (TABLE, PARTIAL, PARTIAL_LIST, JSON, "application/yaml", "*/*", "application/vnd.kubernetes.protobuf",
    "text/html", "application/json;as=Table;v=v9;g=x",
            "application/json;stream=watch", ";;", "application/vnd.kubernetes.protobuf,application/json")  # fmt: skip
_PATCHES: Mapping[str, Callable[[Moves, dict[str, Any]], Any]] = dict(
    zip(PATCHES, (Moves._json_patch, Moves._merge_patch, Moves._strategic_patch, Moves._apply_patch), strict=True)
)
_MOVES: tuple[tuple[Callable[[Moves], Request], int], ...] = (
    (Moves.create, 30), (Moves.create_protobuf, 2), (Moves.read, 14), (Moves.replace, 12), (Moves.patch, 25),
    (Moves.delete, 6),
    (Moves.delete_many, 1), (Moves.evict, 4), (Moves.talk, 4), (Moves.document, 4), (Moves.nonsense, 6),
)  # fmt: skip
