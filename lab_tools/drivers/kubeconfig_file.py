"""El kubeconfig de la persona: poner y quitar nuestro contexto sin estropear nada de lo demás.

Se hace como kubectl: con KUBECONFIG de varios archivos, cada cosa se cambia donde ya está y lo nuevo va al
primero que exista (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/);
mientras se escribe, un `archivo.lock` avisa a los demás. Se escribe entero o nada y queda con permisos 0600:
dentro hay una credencial.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_tools import files
from lab_tools.errors import ClusterError

Config = dict[str, Any]

_OTHER = "o usa otro kubeconfig: export KUBECONFIG=/una/ruta/tuya (al crear, también --kubeconfig)."
# Otro kubectl puede estar escribiendo; nadie tarda segundos.
_LOCK_TIMEOUT = 3.0


@dataclass(frozen=True)
class Access:
    """Por dónde y con qué credencial se entra en un clúster. Los certificados van en PEM."""

    context: str
    server: str
    authority: str
    token: str = ""
    certificate: str = ""
    key: str = ""
    namespace: str = ""

    def config(self) -> Config:
        """Un kubeconfig completo que solo habla de este clúster."""
        return {
            "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": self.context,
            "clusters": [self.cluster()], "contexts": [self.link()], "users": [self.user()],
        }  # fmt: skip

    def cluster(self) -> Config:
        """La entrada de `clusters`."""
        authority = {"certificate-authority-data": _base64(self.authority)} if self.authority else {}
        return {"name": self.context, "cluster": {"server": self.server, **authority}}

    def link(self) -> Config:
        """La entrada de `contexts`."""
        place = {"namespace": self.namespace} if self.namespace else {}
        return {"name": self.context, "context": {"cluster": self.context, "user": self.context, **place}}

    def user(self) -> Config:
        """La entrada de `users`."""
        user = {}
        if self.certificate:
            user = {"client-certificate-data": _base64(self.certificate), "client-key-data": _base64(self.key)}
        if self.token:
            user["token"] = self.token
        return {"name": self.context, "user": user}


def text(access: Access) -> str:
    """El texto de un kubeconfig que solo habla de este clúster."""
    from lab_tools.drivers import kubeconfig_text

    return kubeconfig_text.dump(access.config())


def paths(explicit: str = "") -> list[Path]:
    """Los kubeconfig de la persona, por orden de preferencia: el que se pide, los de KUBECONFIG o ~/.kube/config."""
    if explicit:
        return [Path(explicit).expanduser().absolute()]
    chain = [Path(part).expanduser().absolute() for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return list(dict.fromkeys(chain)) or [Path.home() / ".kube" / "config"]


def destination(explicit: str = "") -> Path:
    """El archivo que recibe lo nuevo: el primero que exista o, si no hay ninguno, el último."""
    chain = paths(explicit)
    return next((path for path in chain if path.exists()), chain[-1])


def current_context(explicit: str = "") -> str:
    """El contexto actual según los archivos, o "". Lanza ClusterError si alguno no se puede leer."""
    return next((current for path in paths(explicit) if (current := _current(_read(path)))), "")


def has_context(context: str, explicit: str = "") -> bool:
    """Si ese contexto está en los archivos. Lanza ClusterError si alguno no se puede leer."""
    return _owner("contexts", context, explicit) is not None


def contexts(explicit: str = "") -> list[str]:
    """Los contextos que hay en los archivos, en su orden. Lanza ClusterError si alguno no se puede leer."""
    found = [item.get("name") for path in paths(explicit) for item in _read(path).get("contexts") or []]
    return list(dict.fromkeys(str(name) for name in found if name))


def namespace(context: str, explicit: str = "") -> str:
    """El Namespace en el que trabaja kubectl con el clúster de un contexto, o `default`, como él.

    Manda el contexto actual, si lleva a ese mismo clúster; si no, el que se nombra. Lanza ClusterError si algún archivo
    no se puede leer.
    """
    ours, current = _link(context, explicit), _link(current_context(explicit), explicit)
    same = bool(current.get("cluster")) and current.get("cluster") == ours.get("cluster")
    return str((current if same else ours).get("namespace") or "default")


def _link(context: str, explicit: str) -> Config:
    """Lo que dice un contexto: el clúster, el usuario y el Namespace. Vacío si no está."""
    entries = (item for path in paths(explicit) for item in _read(path).get("contexts") or [])
    return next((item.get("context") or {} for item in entries if item.get("name") == context), {})


def load(path: Path) -> Config:
    """Lo que dice un archivo; si no está, nada. Lanza ClusterError si no se puede leer."""
    return _read(path)


def check_writable(explicit: str = "") -> Path:
    """Comprueba, antes de crear nada, que se podrá escribir, y devuelve dónde. Lanza ClusterError."""
    path = destination(explicit)
    for found in paths(explicit):
        _read(found)
    try:
        _directory(path)
        if not os.access(os.path.realpath(path.parent), os.W_OK | os.X_OK):
            raise PermissionError(13, "")
    except OSError as error:
        raise _explain(error, path) from error
    return path


def add(access: Access, explicit: str = "", *, make_current: bool = True) -> Path:
    """Pone el contexto (o lo actualiza) y lo hace actual. Devuelve el archivo que lo recibe."""
    from lab_tools.drivers import kubeconfig_text as edit

    target = destination(explicit)
    items = {"clusters": access.cluster(), "users": access.user(), "contexts": access.link()}
    owners = {section: _owner(section, access.context, explicit) or target for section in items}
    for path in dict.fromkeys([*owners.values(), target]):

        def change(content: str, path: Path = path) -> str:
            if not content.strip():
                content = "apiVersion: v1\nkind: Config\npreferences: {}\n"
            for section, item in items.items():
                if owners[section] == path:
                    content = edit.put(content, section, item)
            return edit.set_current(content, access.context) if make_current and path == target else content

        _edit(path, change)
    return target


def remove(context: str, previous: str = "", *, also: str = "") -> None:
    """Quita el contexto de todos los kubeconfig de la persona, y de `also` si se dice.

    Si era el actual, vuelve a serlo `previous` si todavía existe; si no, no queda ninguno.
    """
    from lab_tools.drivers import kubeconfig_text as edit

    chain = paths()
    if also and (other := paths(also)[0]) not in chain and _is_clear(other):
        chain.append(other)
    known = {item.get("name") for path in chain for item in _read(path).get("contexts") or []}
    heir = previous if previous in known and previous != context else ""

    def change(content: str) -> str:
        current = _current(edit.parse(content))
        for section in edit.SECTIONS:
            content = edit.remove(content, section, context)
        return edit.set_current(content, heir) if current == context else content

    for path in chain:
        if path.exists() and _mentions(_read(path), context):
            _edit(path, change)


def access(path: str, context: str = "") -> Access:
    """Lo que un kubeconfig dice de un contexto (del actual, si no se nombra). Lanza ClusterError si falta algo."""
    config = _read(paths(path)[0])
    wanted = context or _current(config)
    link = _named(config, "contexts", wanted, path)["context"]
    cluster = _named(config, "clusters", link.get("cluster", ""), path)["cluster"]
    user = _named(config, "users", link.get("user", ""), path)["user"] or {}
    base = Path(path).expanduser().parent
    return Access(
        wanted,
        str(cluster["server"]),
        _pem(cluster, "certificate-authority", base),
        token=str(user.get("token") or ""),
        certificate=_pem(user, "client-certificate", base),
        key=_pem(user, "client-key", base),
        namespace=str(link.get("namespace") or ""),
    )


def _is_clear(path: Path) -> bool:
    """Si se entiende. Uno que la persona ya no usa y no se entiende no le impide borrar su clúster."""
    try:
        _read(path)
    except ClusterError:
        return False
    return True


def _named(config: Config, section: str, name: str, path: str) -> Config:
    for item in config.get(section) or []:
        if item.get("name") == name and isinstance(item, dict):
            return item
    raise ClusterError(
        f"En el kubeconfig «{path}» no hay «{name}» en «{section}».",
        f"Mira lo que hay con: kubectl config get-contexts --kubeconfig '{path}'",
    )


def _pem(entry: Config, key: str, base: Path) -> str:
    """Un certificado, venga dentro del kubeconfig o en un archivo (relativo al kubeconfig)."""
    import base64

    if entry.get(f"{key}-data"):
        return base64.b64decode(entry[f"{key}-data"]).decode()
    if entry.get(key):
        path = base / str(entry[key])
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise _explain(error, path, "leer") from error
    return ""


def _mentions(config: Config, context: str) -> bool:
    from lab_tools.drivers.kubeconfig_text import SECTIONS

    names = {item.get("name") for section in SECTIONS for item in config.get(section) or []}
    return context in names or _current(config) == context


def _owner(section: str, name: str, explicit: str) -> Path | None:
    for path in paths(explicit):
        if any(item.get("name") == name for item in _read(path).get(section) or []):
            return path
    return None


def _current(config: Config) -> str:
    return str(config.get("current-context") or "")


def _read(path: Path) -> Config:
    import yaml

    from lab_tools.drivers import kubeconfig_text

    try:
        return kubeconfig_text.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _explain(error, path, "leer") from error
    except (TypeError, ValueError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ClusterError(
            f"El kubeconfig «{where}» no se entiende: {_reason(error)}.", f"Corrígelo, {_OTHER}"
        ) from error


def _reason(error: Exception) -> str:
    """Por qué no se entiende; lo que dice YAML, que está en inglés, se cita como suyo."""
    if isinstance(error, UnicodeError):
        return "no es un texto en UTF-8"
    if isinstance(error, TypeError):
        return str(error)
    problem = getattr(error, "problem", None)
    return f"no es YAML («{problem}»)" if problem else "no es YAML"


def _edit(path: Path, change: Callable[[str], str]) -> None:
    """Cambia un archivo entero o nada, con el mismo cerrojo que usa kubectl."""
    try:
        _directory(path)
        with _locked(path):
            content = path.read_text(encoding="utf-8") if path.exists() else ""
            changed = change(content)
            if changed != content:
                files.write_atomic(path, changed)
    except OSError as error:
        raise _explain(error, path) from error


def _explain(error: OSError, path: Path, action: str = "escribir") -> ClusterError:
    told = files.explain(error, path, action)
    return ClusterError(told.message, f"Arregla eso, {_OTHER}")


def _directory(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = path.with_name(path.name + ".lock")
    deadline = time.monotonic() + _LOCK_TIMEOUT
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"Otro programa está cambiando «{path}» (existe «{lock}»).",
                    f"Si ningún kubectl sigue en marcha, borra el aviso: rm '{lock}'",
                ) from None
            time.sleep(0.02)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.unlink()


def _base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()
