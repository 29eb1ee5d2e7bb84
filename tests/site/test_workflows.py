"""La integración continua dice las mismas palabras que el Makefile, y publica lo que `make site` escribe."""

from __future__ import annotations

import re

import yaml

from .conftest import ROOT

FILES = (ROOT / ".github" / "workflows").glob("*.yml")
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}


def steps(name: str) -> list[dict[str, object]]:
    return [step for job in WORKFLOWS[name]["jobs"].values() for step in job["steps"]]


def test_they_only_run_the_words_of_the_makefile() -> None:
    words = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for name in WORKFLOWS:
        for said in (str(step["run"]) for step in steps(name) if "run" in step):
            made = re.match(r"make (\w+)", said)
            assert said == ".ci/run" or said.startswith("sudo apt-get ") or (made and made[1] in words), said


def test_they_ask_for_no_more_than_they_need() -> None:
    assert all(one["permissions"] == {"contents": "read"} for one in WORKFLOWS.values())
    assert WORKFLOWS["paginas"]["jobs"]["publicar"]["permissions"] == {"pages": "write", "id-token": "write"}


def test_pull_requests_build_the_pages_but_do_not_publish_them() -> None:
    jobs = WORKFLOWS["paginas"]["jobs"]
    assert "pull_request" in jobs["publicar"]["if"] and "refs/heads/main" in jobs["publicar"]["if"]
    assert jobs["publicar"]["needs"] == "construir" and "if" not in jobs["construir"]


def test_what_is_published_is_what_make_site_writes() -> None:
    uploaded = next(step for step in steps("paginas") if "upload-pages-artifact" in str(step.get("uses")))
    assert uploaded["with"] == {"path": "build/sitio/html"}


def test_they_install_what_ci_run_would_except_the_browser() -> None:
    """En esas máquinas no somos root, así que .ci/run no instala nada; Chrome y Docker vienen puestos."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    wanted = set(re.search(r"^  install ([\w -]+)$", script, re.M)[1].split()) - {"chromium"}
    asked = next(str(step["run"]) for step in steps("pruebas") if "apt-get" in str(step.get("run")))
    assert wanted == set(asked.split("--no-install-recommends ")[1].split())
