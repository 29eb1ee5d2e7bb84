"""La vida de un laboratorio y el `Lab` de los cuadernos, en un clúster dentro del proceso."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab_tools import Cluster, Lab, labs
from lab_tools.errors import ClusterError, LabError, UnknownNameError, UsageError
from lab_tools.labs import shelf
from lab_tools.traffic import Recovery


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Un laboratorio empezado y con `frontend` en pie."""
    lab = Lab("06-deployments", in_process=True, variant=0)
    lab.start()
    lab.apply(frontend(3))
    lab.wait_available("deployment/frontend")
    return lab


def frontend(replicas: int) -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: frontend}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: frontend}}}}
  template:
    metadata: {{labels: {{app: frontend}}}}
    spec: {{containers: [{{name: web, image: "tienda-frontend:1.0"}}]}}
"""


def test_starting_twice_leaves_the_work_alone(lab: Lab) -> None:
    before = [pod.uid for pod in lab.pods()]
    lab.start()
    assert [pod.uid for pod in lab.pods()] == before


def test_the_start_brings_a_broken_neighbour(lab: Lab) -> None:
    assert all(pod.ready for pod in lab.pods("app=api"))
    assert not all(pod.ready for pod in lab.pods("app=catalogo"))


def test_checking_before_starting_says_what_to_do() -> None:
    with pytest.raises(LabError, match=r"lab\.start\(\)"):
        Lab("L06", in_process=True).check()


def test_the_notebook_never_sees_hidden_checks(lab: Lab) -> None:
    assert not [result for result in lab.check("desplegar").results if result.hidden]


def test_checking_changes_nothing(lab: Lab) -> None:
    lab.check("guardia")
    before = [pod["metadata"]["uid"] for pod in lab.client.list("pods")]
    lab.check()
    assert [pod["metadata"]["uid"] for pod in lab.client.list("pods")] == before


def test_a_recovery_is_measured_in_the_time_of_the_cluster(lab: Lab) -> None:
    victim = lab.pods("app=frontend")[0]
    with lab.measure_recovery("deployment/frontend") as fall:
        lab.client.delete("pod", victim.name)
    assert fall.lost == (victim.name,)
    assert len(fall.new) == 1
    assert fall.total is not None and fall.detect is not None and fall.start is not None
    assert 0 < fall.total < 30
    assert fall.total == pytest.approx(fall.detect + fall.start)
    assert repr(fall).startswith("Recuperado en ") and "," in repr(fall)


def test_nothing_lost_is_nothing_to_measure(lab: Lab) -> None:
    with lab.measure_recovery("frontend") as calm:
        lab.pods()
    assert (calm.lost, calm.total) == ((), None)
    assert "No se perdió" in repr(calm)
    assert "Midiendo" in repr(Recovery("deployment/x"))


def test_only_deployments_can_be_measured(lab: Lab) -> None:
    with pytest.raises(UsageError, match="deployment/frontend"), lab.measure_recovery("node/node-1"):
        pass


def test_the_report_is_kept_in_the_cluster_and_grows(lab: Lab) -> None:
    lab.report(causa="ErrImagePull")
    assert lab.report(segundos=1.8) == {"causa": "ErrImagePull", "segundos": "1.8"}
    assert lab.client.get("configmap", "informe")["data"]["causa"] == "ErrImagePull"


def test_hints_come_one_by_one_and_the_last_one_stays(lab: Lab) -> None:
    told = [lab.hint("l06-1a") for _ in range(4)]
    assert len(set(told)) == 3 and told[2] == told[3]
    assert lab.hint("L06-1a", 1) == told[0]
    with pytest.raises(UsageError, match="tres"):
        lab.hint("L06-1a", 4)
    with pytest.raises(UsageError, match="L06-1a"):
        lab.hint("L06-9z")


def test_waiting_for_what_never_comes_ends(lab: Lab) -> None:
    with pytest.raises(ClusterError, match="Esperé 3 s a que algún Pod app=frontend estuviera en OOMKilled"):
        lab.wait_for_status("app=frontend", "OOMKilled", timeout=3)


def test_kubectl_does_not_reach_a_cluster_inside_the_notebook(lab: Lab) -> None:
    with pytest.raises(UsageError, match="kubectl"):
        lab.kubectl("get", "pods")


def test_a_misspelt_name_is_told_with_the_one_it_resembles(lab: Lab) -> None:
    with pytest.raises(UnknownNameError, match=r"Lab no tiene «aply»\.\n¿Querías decir «apply»\?"):
        lab.aply  # noqa: B018
    with pytest.raises(UnknownNameError, match=r"Lo que hay: .*check, .*hint"):
        lab.zzz  # noqa: B018
    assert not hasattr(lab, "aply")
    assert not hasattr(lab, "_repr_html_"), "a IPython, que pregunta por muchos nombres, se le contesta sin más"
    assert "aply" not in "".join(UnknownNameError(lab, "aply")._render_traceback_()[1:])


def test_a_reset_forgets_the_work_and_brings_the_start_back() -> None:
    lab = Lab("06-deployments", in_process=True, variant=1)
    lab.start()
    lab.apply(frontend(1))
    lab.report(causa="x")
    lab.reset()
    assert lab.client.find("deployment", "frontend") is None
    assert lab.client.find("configmap", "informe") is None
    assert {pod.name.split("-")[0] for pod in lab.pods()} == {"api", "catalogo"}


def test_a_cluster_says_what_it_is() -> None:
    assert repr(Cluster.in_process(nodes=2)).startswith("Clúster «en-proceso»: 2 nodos (")


def test_a_number_is_as_good_as_a_name(lab: Lab) -> None:
    assert lab.check(1).title == lab.check("desplegar").title
    assert Lab(6, client=lab.client).definition.slug == lab.definition.slug
    with pytest.raises(UsageError, match="«3»"):
        lab.hint(3)  # type: ignore[arg-type]


def test_an_empty_report_is_told(lab: Lab) -> None:
    with pytest.raises(UsageError, match="ninguna respuesta"):
        lab.report()


def test_a_hint_is_read_without_marks_and_painted_with_them(lab: Lab) -> None:
    hint = lab.hint("1a", 1)
    assert "`frontend`" in hint._repr_markdown_()
    assert "`" not in repr(hint)


def test_a_namespace_that_is_leaving_is_not_a_prepared_lab() -> None:
    lab = Lab("06-deployments", in_process=True, variant=0)
    lab.start()
    lab.client.delete("namespaces", lab.namespace)
    with pytest.raises(LabError, match=r"lab\.start\(\)"):
        lab.check()
    lab.start()
    assert all(pod.ready for pod in lab.pods("app=api"))


def test_traffic_is_sent_from_the_bench_within_its_namespace() -> None:
    lab = Lab("06-deployments", in_process=True, variant=0)
    lab.start()
    lab.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": lab.namespace},
               "spec": {"selector": {"app": "api"}, "ports": [{"port": 80, "targetPort": 8080}]}})  # fmt: skip
    lab.wait_available("deployment/api")
    lab.client.wait(1)  # lo que tarda el Service en saber quién está detrás
    assert lab.request("http://api/", "deployment/catalogo").status == 200
    assert lab.load("http://api/", rps=20, seconds=10, from_="deployment/catalogo").failed == 0
    with lab.during("http://api/", 20, "deployment/catalogo") as found:
        lab.client.wait(5)
    assert found.ok > 50


@pytest.mark.parametrize("slug", [info.slug for info in labs.catalogue()])
def test_checking_writes_nothing_beside_its_answer(slug: str, capfd: pytest.CaptureFixture[str]) -> None:
    """En nbgrader, una sola línea por la salida de errores de una celda puntuada le quita la nota."""
    lab = Lab(slug, in_process=True, variant=0)
    lab.start()
    report = lab.check()
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")
    assert report.earned == 0 and all(result.found for result in report.results)


def test_the_report_says_what_it_leaves_out(lab: Lab) -> None:
    first, second = lab.check("desplegar"), lab.check("romper")
    assert "Un punto más lo dan comprobaciones reservadas" in str(first)
    assert second.notes == ()
    assert "Otros 2 puntos los dan comprobaciones reservadas" in lab.check()._repr_html_()
    assert lab.check().possible + 2 == lab.definition.max_points


def test_a_deadline_is_told_with_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = {"lab": "L06", "seed": "0a", "due": "2020-01-01T10:00:00+00:00"}
    (tmp_path / "variant.json").write_text(json.dumps(seed), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORQUESTA_LABS", str(shelf.folder("06-deployments").parent))
    lab = Lab("06-deployments", in_process=True)
    assert dict(lab.variant) == dict(labs.load(shelf.folder("06-deployments"), "0a").variant)
    lab.start()
    assert "El plazo terminó el 01/01/2020 a las 10:00 (UTC)" in lab.check("desplegar").text()


def test_the_neighbours_that_a_lab_brings_go_away_with_it() -> None:
    lab = Lab("13-networkpolicy", in_process=True, variant=0)
    lab.start()
    there = lab.client.within(f"{lab.namespace}-vecina")
    there.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "resto"}})
    lab.reset()
    assert there.find("configmaps", "resto") is None
    assert all(pod["status"]["phase"] == "Running" for pod in there.list("pods"))


def test_two_labs_are_never_mixed_in_one_namespace() -> None:
    first = Lab("07-sondas", in_process=True, variant={**Lab("07-sondas", in_process=True).variant, "namespace": "mio"})
    first.start()
    second = Lab("06-deployments", first.client, variant={**Lab("06", in_process=True).variant, "namespace": "mio"})
    with pytest.raises(LabError, match=r"(?s)07-sondas.*orquesta lab reset 06-deployments") as told:
        second.start()
    assert "«mio»" in str(told.value)
    second.reset()
    assert second.check("desplegar").results


def test_an_answer_before_starting_is_not_lost_in_a_namespace_that_is_not_there() -> None:
    with pytest.raises(LabError, match=r"lab\.start\(\)"):
        Lab("07-sondas", in_process=True).report(causa="x")


def test_another_assignment_of_the_same_lab_is_not_mistaken_for_mine() -> None:
    values = dict(Lab("07-sondas", in_process=True, variant=0).variant)
    first = Lab("07-sondas", in_process=True, variant=values)
    first.start()
    mine = Lab("07-sondas", first.client, variant={**values, "limit": values["limit"] + 1})
    with pytest.raises(LabError, match="no está preparado"):
        mine.check()
    with pytest.raises(LabError, match=r"otro encargo(?s:.)*orquesta lab reset 07-sondas"):
        mine.start()
    mine.reset()
    assert mine.check().results
