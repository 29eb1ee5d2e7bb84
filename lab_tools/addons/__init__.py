"""Los complementos: lo que un Kubernetes no trae de fábrica y el curso pone con una sola orden.

Unos son manifiestos de esta carpeta, escritos por nosotros a partir de la referencia pública; los demás los publica
quien los hace, con su versión fijada en `catalogue`, y se traen al instalarlos de la red, de un espejo o de una carpeta
(`release`). `applying` los pone y los quita con una etiqueta, sin tocar lo de otros. Viven dentro del paquete, y no en
`manifests/`, porque el clúster del navegador y quien solo instaló la orden también los necesitan.

Aquí no hay programas: quien atiende a esos objetos es de `embedded`, o del clúster que sea.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tools.addons.catalogue import CATALOGUE, NAMES, Addon
from lab_tools.errors import UsageError
from lab_tools.objects import Object

if TYPE_CHECKING:
    from lab_tools.client import Client

__all__ = ["CATALOGUE", "NAMES", "Addon", "install", "named", "path", "present", "remove", "version"]

Fetch = Callable[[str], bytes]


def named(name: str) -> Addon:
    """El complemento que se llama así. Lanza `UsageError` si no lo hay."""
    if name not in CATALOGUE:
        near = get_close_matches(name, CATALOGUE, n=1)
        raise UsageError(
            f"No hay un complemento «{name}».",
            f"¿Querías decir «{near[0]}»?" if near else f"Los que hay: {', '.join(CATALOGUE)}.",
        )
    return CATALOGUE[name]


def path(name: str) -> Path:
    """El manifiesto de un complemento: el de esta carpeta, si lo tiene, o el que se trajo al instalarlo.

    Lanza `UsageError` si no lo hay, o si se publica y aún no se ha instalado.
    """
    addon = named(name)
    if addon.everywhere or not addon.url:
        return Path(__file__).with_name(addon.ours)
    from lab_tools.addons import release

    if release.kept(addon) is None:
        raise UsageError(f"El manifiesto de «{name}» aún no se ha traído.", f"Lo publican en: {addon.url}")
    return release.folder() / addon.file


def version(addon: Addon) -> str:
    """La versión que se pone: la publicada o, de los que escribimos nosotros, la de sus imágenes."""
    if addon.url:
        return addon.version
    pods = (obj["spec"]["template"]["spec"] for obj in _ours(addon) if "template" in (obj.get("spec") or {}))
    images = (container["image"].rpartition("/")[2].partition(":") for pod in pods for container in pod["containers"])
    return ", ".join(f"{program} {tag.removeprefix('v')}" for program, _, tag in images)


def install(client: Client, name: str, fetch: Fetch | None = None) -> list[Object]:
    """Pone un complemento y espera a que el clúster sirva sus tipos. Repetirlo no cambia nada.

    `fetch` trae lo publicado; sin él, de la red. Devuelve los objetos como quedaron. Lanza `UsageError`, `StatusError`
    si el clúster se niega, `InfrastructureError` si no llega o no es lo aceptado, y `ClusterError` si no sirve un tipo.
    """
    from lab_tools.addons import applying

    addon = named(name)
    course = applying.is_course(client)
    applying.check(addon, course)  # antes de ir a la red, que ahí tenga sentido
    return applying.put(client, addon, _ours(addon) if _is_ours(addon, course) else _published(addon, fetch), course)


def remove(client: Client, name: str, fetch: Fetch | None = None) -> list[str]:
    """Quita lo que se puso con ese complemento. Devuelve lo que se queda: no lo puso Orquesta, o no se dejó borrar."""
    from lab_tools.addons import applying, release

    addon = named(name)
    course = applying.is_course(client)
    applying.check(addon, course)
    ours = _is_ours(addon, course)
    return applying.take(client, addon, _ours(addon) if ours else _published(addon, fetch, release.kept(addon)))


def present(client: Client, name: str) -> bool | None:
    """Si está puesto en un clúster; None si no se sabe, porque su manifiesto aún no se ha traído aquí."""
    from lab_tools.addons import applying, release

    addon = named(name)
    course = applying.is_course(client)
    if course and not addon.everywhere:
        return False
    if _is_ours(addon, course):
        return applying.present(client, addon, _ours(addon))
    kept = release.kept(addon)
    return None if kept is None else applying.present(client, addon, _published(addon, None, kept))


def _is_ours(addon: Addon, course: bool) -> bool:
    """Si lo que se pone es el manifiesto de esta carpeta."""
    return course or not addon.url


def _ours(addon: Addon) -> list[Object]:
    from lab_tools.objects import manifest

    return [dict(obj) for obj in manifest.load(path(addon.name))]


def _published(addon: Addon, fetch: Fetch | None, content: bytes | None = None) -> list[Object]:
    from lab_tools.objects import manifest

    if content is None:
        from lab_tools.addons import release
        from lab_tools.tools import fetching

        content = release.fetched(addon, fetch or fetching.from_network())
    return [dict(obj) for obj in manifest.loads(content.decode("utf-8"), addon.file)]
