"""Promesas de los manifiestos: se leen como kubectl, recuerdan su línea y sus errores se entienden."""

from pathlib import Path
from typing import Any

import pytest

from lab_tools.errors import ManifestError
from lab_tools.objects import manifest

WEB = """\
# Un Deployment y su Service
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app.kubernetes.io/name: web}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.27
          command: [sleep, "60"]
        - name: side
          image: busybox:1.36
---
---
apiVersion: v1
kind: Service
metadata:
  name: web
"""


def test_each_document_is_an_object_that_knows_where_it_came_from(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(WEB, encoding="utf-8")
    deployment, service = manifest.load(file)
    assert (deployment["kind"], service["kind"]) == ("Deployment", "Service")
    assert (deployment.file, deployment.line, service.line) == (str(file), 2, 19)
    assert deployment["spec"]["template"]["spec"]["containers"][1]["image"] == "busybox:1.36"
    assert type(deployment.obj) is dict
    assert manifest.load(str(file))[0] == deployment


def test_a_field_is_found_by_its_path_and_a_missing_one_by_what_would_hold_it() -> None:
    deployment, service = manifest.load(WEB)
    assert deployment.line_of("spec.template.spec.containers[0].image") == 13
    assert deployment.line_of("spec.template.spec.containers[1]") == 15
    assert deployment.line_of("spec.template.spec.containers[0].command[1]") == 14
    assert deployment.line_of('metadata.labels["app.kubernetes.io/name"]') == 6
    assert deployment.line_of("spec.template.spec.containers[0].ports[0].containerPort") == 12
    assert deployment.line_of("spec.nope") == 7
    assert service.line_of("metadata.name") == 22
    assert service.where("metadata.name") == "<texto>:22"


def test_a_list_gives_its_items_with_their_own_lines() -> None:
    text = """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: a}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
"""
    first, second = manifest.load(text)
    assert [first["metadata"]["name"], second["metadata"]["name"]] == ["a", "b"]
    assert (first.line, second.line) == (4, 7)
    assert first.line_of("metadata.name") == 6


def test_a_folder_gives_its_files_in_order(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "c.txt"):
        (tmp_path / name).write_text(f"{{apiVersion: v1, kind: Secret, metadata: {{name: {name[0]}}}}}")
    assert [obj["metadata"]["name"] for obj in manifest.load(tmp_path)] == ["a", "b"]


def test_json_is_yaml_too() -> None:
    (obj,) = manifest.load('{"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}')
    assert obj["data"] == {"a": "b"}


def test_an_empty_text_has_no_objects() -> None:
    assert manifest.load("") == []
    assert manifest.load("# nada\n---\n") == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", False), ("n", False), ("N", False), ("Y", True), ("on", True), ("'no'", "no"), ("~", None), ("", None),
        ("80", 80), ("80:80", "80:80"), ("2026-01-01", "2026-01-01"), ("1.5", 1.5), ("0x10", 16), ("1Gi", "1Gi"),
        ("=", "="), ("|-\n    a\n    b", "a\nb"), ("2001-99-99", "2001-99-99"),
    ],
)  # fmt: skip
def test_values_are_read_as_kubectl_does(written: str, value: Any) -> None:
    (obj,) = manifest.load(f"apiVersion: v1\nkind: ConfigMap\ndata:\n  a: {written}\n")
    assert obj["data"]["a"] == value
    assert type(obj["data"]["a"]) is type(value)


def test_anchors_and_merges_are_understood_and_nothing_is_shared() -> None:
    text = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a, labels: &labels {app: web}, annotations: {<<: *labels, b: c}}
data: *labels
"""
    (obj,) = manifest.load(text)
    assert obj["metadata"]["annotations"] == {"app": "web", "b": "c"}
    assert obj["data"] == {"app": "web"}
    assert obj["data"] is not obj["metadata"]["labels"]


HEAD = "apiVersion: apps/v1\nkind: Deployment\n"
WRONG = [
    ("a tab", HEAD + "metadata:\n\tname: web\n", 4, "tabulador", "espacios"),
    ("a deeper line", HEAD + "metadata:\n  name: web\n    labels: {}\n", 5, "no encaja aquí", "Alinéala"),
    ("a shallower line", HEAD + "spec:\n    replicas: 3\n  paused: true\n", 5,
     "La sangría de «paused: true»", "mismos"),
    ("a loose dash", HEAD + "spec:\n  containers:\n  - name: a\n image: b\n", 6, "La sangría", "mismos espacios"),
    ("a colon in a text", HEAD + "metadata: {}\nnote: a: b\n", 4, "no encaja aquí", "comillas"),
    ("no colon", HEAD + "metadata:\n  name web\n  other: x\n", 5, "no encaja", "Alinéala"),
    ("an open quote", HEAD + 'metadata:\n  name: "web\nspec: {}\n', 0, "comilla sin cerrar", "Cierra"),
    ("an open bracket", HEAD + "metadata: {name: web\nspec: {}\n", 0, "cerrar una llave", "Cuenta"),
    ("a repeated key", HEAD + "metadata:\n  name: a\n  labels: {}\n  name: b\n", 6,
     "`name` está dos veces", "Deja solo una"),
    ("a template hole", HEAD + "metadata:\n  name: {{ nombre }}\n", 4, "no puede ser un mapa", "{{ nombre }}"),
    ("a reserved sign", HEAD + "metadata:\n  name: @web\n", 4, "reserva", "comillas"),
    ("an unknown reference", HEAD + "metadata:\n  name: *web\n", 4, "nadie define", "comillas"),
    ("a custom tag", HEAD + "metadata:\n  name: !Ref web\n", 4, "`!Ref`", "Quítala"),
    ("infinity", HEAD + "spec:\n  replicas: .inf\n", 4, "JSON", "comillas"),
    ("a control character", HEAD + "metadata:\n  name: a\x00b\n", 4, "carácter", "Bórralo"),
    ("a loop", HEAD + "metadata: &a\n  labels: *a\n", 3, "sin fin", "entero"),
    ("no apiVersion", "kind: Pod\nmetadata: {name: a}\n", 1, "falta `apiVersion`", "apiVersion: apps/v1"),
    ("a misspelt apiVersion", "apiversion: v1\nkind: Pod\n", 1, "falta `apiVersion`",
     "Cambia `apiversion` por `apiVersion`"),
    ("no kind", "---\napiVersion: v1\nmetadata: {name: a}\n", 2, "falta `kind`", "kind: Deployment"),
    ("a numeric apiVersion", "apiVersion: 1\nkind: Pod\n", 1, "el número `1`", "Escribe"),
    ("a text", "hola\n", 1, "el texto «hola»", "---"),
    ("a list", "- apiVersion: v1\n", 1, "una lista", "---"),
    ("a text among items", "apiVersion: v1\nkind: List\nitems:\n  - hola\n", 4, "el texto «hola»", "---"),
    ("a text as metadata", "apiVersion: v1\nkind: Pod\nmetadata: web\n", 3,
     "`metadata` es el texto «web»", "name: web"),
    ("a misspelt kind", "apiVersion: apps/v1\nkind: Deploymnet\n", 2, "`Deploymnet`", "¿Querías decir `Deployment`?"),
    ("a kind in lower case", "apiVersion: v1\nkind: pod\n", 2, "`pod`", "¿Querías decir `Pod`?"),
    ("the wrong group", "apiVersion: v1\nkind: Deployment\n", 2, "no está en `v1`", "apiVersion: apps/v1"),
    ("an unknown kind", "apiVersion: v1\nkind: Zzzz\n", 2, "`Zzzz`", "api-resources"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "said", "cure"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_what_is_wrong_is_told_with_its_line_and_its_cure(text: str, line: int, said: str, cure: str) -> None:
    with pytest.raises(ManifestError) as problem:
        manifest.loads(text, "web.yaml")
    assert problem.value.file == "web.yaml"
    assert said in problem.value.message
    assert cure in problem.value.cure
    assert problem.value.line == line or (not line and problem.value.line > 2)


def test_a_kind_of_somebody_else_s_is_let_through() -> None:
    (obj,) = manifest.load("apiVersion: example.com/v1\nkind: Shirt\nmetadata: {name: a}\n")
    assert obj["kind"] == "Shirt"


def test_a_billion_laughs_end_soon() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{after}: &{after} [{','.join(['*' + before] * 9)}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(ManifestError, match="se multiplican"):
        manifest.load(bomb)


def test_depth_has_a_limit_and_it_is_told() -> None:
    with pytest.raises(ManifestError, match="anidado"):
        manifest.load("a: " + "[" * 5000)


def test_a_missing_file_suggests_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "deployment.yaml").write_text("")
    with pytest.raises(ManifestError) as problem:
        manifest.load(tmp_path / "deploymet.yaml")
    assert problem.value.cure == "¿Querías decir `deployment.yaml`?"


def test_a_file_that_is_not_text_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no tiene manifiestos"):
        manifest.load(tmp_path)
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ManifestError, match="UTF-8"):
        manifest.load(tmp_path)


def test_the_kinds_of_an_addon_are_left_to_the_cluster() -> None:
    text = "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: api}\n"
    assert [obj["kind"] for obj in manifest.loads(text)] == ["VerticalPodAutoscaler"]
