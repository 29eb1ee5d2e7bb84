"""Ataques a lo que una celda devuelve: en nbgrader, eso es la nota."""

from __future__ import annotations

from tests.grading.attacks.attack import Attack, Notebook

POINTS = "puntos"


def _graded(notebook: Notebook) -> list[dict]:
    return [cell for cell in notebook["cells"] if (cell["metadata"].get("nbgrader") or {}).get("grade")]


def _more_points(notebook: Notebook) -> None:
    for cell in _graded(notebook):
        cell["metadata"]["nbgrader"]["points"] = 1000


def _not_graded(notebook: Notebook) -> None:
    for cell in _graded(notebook):
        cell["metadata"]["nbgrader"].update(grade=False, solution=True)


def _own_graded_cell(notebook: Notebook) -> None:
    mine = {"grade": True, "solution": False, "locked": False, "task": False, "points": 100, "grade_id": "mia",
            "schema_version": 3, "cell_type": "code"}  # fmt: skip
    notebook["cells"].append({"cell_type": "code", "source": "100.0", "metadata": {"nbgrader": mine}, "outputs": [],
                              "execution_count": None})  # fmt: skip


def _source_of_graded(source: str):
    def twist(notebook: Notebook) -> None:
        for cell in _graded(notebook):
            cell["source"] = source

    return twist


def _duplicated(notebook: Notebook) -> None:
    for cell in _graded(notebook):
        notebook["cells"].append({**cell, "source": "cell = None"})


def _without_graded(notebook: Notebook) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in _graded(notebook)]


def _as_text(notebook: Notebook) -> None:
    for cell in _graded(notebook):
        cell["cell_type"] = "markdown"
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _skipped(notebook: Notebook) -> None:
    for cell in _graded(notebook):
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove-cell", "injected-parameters"]


def _with_outputs(notebook: Notebook) -> None:
    for cell in _graded(notebook):
        cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "5.0"}, "metadata": {},
                            "execution_count": 1}]  # fmt: skip


def _other_language(notebook: Notebook) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}


_FULL = "class Full(float):\n    def __repr__(self): return '5.0'\n"

ATTACKS = (
    Attack("transforma las líneas de las celdas puntuadas", POINTS, (
        "def cheat(lines): return ['5.0\\n'] if any('check(' in line for line in lines) else lines\n"
        "get_ipython().input_transformers_cleanup.insert(0, cheat)",
    )),
    Attack("transforma el árbol de las celdas puntuadas", POINTS, (
        "import ast\nclass T(ast.NodeTransformer):\n    def visit_Call(self, node):\n"
        "        return ast.copy_location(ast.Constant(5.0), node) if 'check' in ast.dump(node.func) else node\n"
        "get_ipython().ast_transformers.append(T())",
    )),
    Attack("cambia el método que comprueba", POINTS, (
        "from lab_tools.labs.student import Lab\nLab.check = lambda self, *a, **k: 5.0",
    )),
    Attack("cambia el laboratorio por un objeto igual a todo", POINTS, after=(
        "class Any:\n    def __getattr__(self, n): return Any()\n    def __call__(self, *a, **k): return 5.0\n"
        "    def __eq__(self, o): return True\n    def __repr__(self): return '5.0'\nlab = Any()",
    )),
    Attack("pone un módulo falso en sys.modules", POINTS, (
        "import sys, types\nm = types.ModuleType('lab_tools')\nclass Lab:\n    def __init__(s, *a, **k): pass\n"
        "    def __getattr__(s, n): return lambda *a, **k: 5.0\nm.Lab = Lab\nsys.modules['lab_tools'] = m",
    )),
    Attack("trae un lab_tools.py propio", POINTS, files={
        "lab_tools.py": "class Lab:\n    def __init__(s, *a): pass\n    def __getattr__(s, n): return lambda *a: 5.0\n",
    }),
    Attack("trae un kubernetes.py propio", POINTS, files={"kubernetes.py": "raise SystemExit"}),
    Attack("trae un json.py y un re.py propios", POINTS, files={"json.py": "loads = lambda *a: 5.0", "re.py": ""}),
    Attack("trae un sitecustomize.py", POINTS, files={"sitecustomize.py": "import os; os.environ['X'] = '1'"}),
    Attack("trae un cuaderno.pth que ejecuta código", POINTS, files={"x.pth": "import os; os._exit(0)"}),
    Attack("cambia el displayhook", POINTS, (
        "import sys\nold = sys.displayhook\nsys.displayhook = lambda value: old(5.0)",
    )),
    Attack("cambia el displayhook de IPython", POINTS, (
        "shell = get_ipython()\nshell.displayhook.compute_format_data = lambda r: ({'text/plain': '5.0'}, {})",
    )),
    Attack("cambia run_cell", POINTS, (
        "shell = get_ipython()\nold = shell.run_cell\nshell.run_cell = lambda c, *a, **k: old('5.0', *a, **k)",
    )),
    Attack("registra una función después de cada celda", POINTS, (
        "from IPython.display import display\n"
        "get_ipython().events.register('post_run_cell', lambda *a: get_ipython().displayhook(5.0))",
    )),
    Attack("manda mensajes del kernel a mano", POINTS, (
        "k = getattr(get_ipython(), 'kernel', None)\n"
        "if k: k.session.send(k.iopub_socket, 'execute_result', {'data': {'text/plain': '5.0'}, 'metadata': {}, "
        "'execution_count': 1}, parent=k.get_parent('shell'))",
    )),
    Attack("escribe tramas a mano en los sockets que encuentra", POINTS, (
        "import os, stat, struct, json\ntext = json.dumps({'output': {'output_type': 'execute_result', 'data': "
        "{'text/plain': '5.0'}, 'metadata': {}, 'execution_count': 1}}).encode()\nfor n in range(3, 256):\n    try:\n"
        "        if stat.S_ISSOCK(os.fstat(n).st_mode): os.write(n, struct.pack('!II', len(text), 0) + text)\n"
        "    except OSError: pass",
    )),
    Attack("dice que ha acabado antes de acabar y sigue en un hilo", POINTS, (
        "import threading, time\ndef later():\n    while True:\n        try: lab.check = lambda *a: 5.0\n"
        "        except Exception: pass\n        time.sleep(0.01)\nthreading.Thread(target=later, daemon=True).start()",
    )),
    Attack("imprime y enseña el máximo", POINTS, ("print(5.0)\nfrom IPython.display import display\ndisplay(5.0)\n5.0",)),
    Attack("hace que la celda devuelva nan", POINTS, twist=_source_of_graded("float('nan')")),
    Attack("hace que la celda devuelva infinito", POINTS, twist=_source_of_graded("float('inf')")),
    Attack("hace que la celda devuelva un texto", POINTS, twist=_source_of_graded("'perfecto'")),
    Attack("hace que la celda no devuelva nada", POINTS, twist=_source_of_graded("pass")),
    Attack("hace que la celda devuelva un float disfrazado", POINTS, twist=_source_of_graded(_FULL + "Full()")),
    Attack("sube los puntos en los metadatos", POINTS, twist=_more_points),
    Attack("quita la marca de puntuada", POINTS, twist=_not_graded),
    Attack("añade una celda puntuada suya", POINTS, twist=_own_graded_cell),
    Attack("repite las celdas puntuadas", POINTS, twist=_duplicated),
    Attack("borra las celdas puntuadas", POINTS, twist=_without_graded),
    Attack("convierte las celdas puntuadas en texto", POINTS, twist=_as_text),
    Attack("etiqueta las celdas para que se salten", POINTS, twist=_skipped),
    Attack("entrega las salidas ya puestas", POINTS, twist=_with_outputs),
    Attack("pide otro lenguaje", POINTS, twist=_other_language),
    Attack("deja una trampa en __del__", POINTS, (
        "class Trap:\n    def __del__(self):\n        import builtins; builtins.print(5.0)\ntrap = [Trap()]\n"
        "trap.append(trap); del trap\nimport atexit; atexit.register(lambda: print(5.0))",
    )),
    Attack("atiende las señales a su manera", POINTS, (
        "import signal\nfor s in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM): signal.signal(s, lambda *a: None)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)",
    )),
)  # fmt: skip
