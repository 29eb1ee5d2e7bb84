"""Lo que contienen los volúmenes hechos de datos de la API: ConfigMap, Secret, downward y proyectados.

Un ConfigMap o un Secret inmutable se lee una vez por Pod: quien lo borre y lo rehaga no cambia lo ya montado.
Fuente: https://kubernetes.io/docs/concepts/storage/projected-volumes/
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.embedded.api.protocol import Api, find
from lab_tools.embedded.kubelet import environment
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

# De dónde sale un volumen: el campo que lo dice -> tipo y campo con el nombre.
_OBJECTS = {"configMap": (kinds.CONFIGMAP, "name"), "secret": (kinds.SECRET, "secretName")}
_KINDS = ("configMap", "secret", "downwardAPI", "projected")

Reference = tuple[str, str]
"""Un ConfigMap o un Secret del espacio del Pod: (recurso, nombre)."""


class MountError(Exception):
    """Un volumen no se puede montar. `str` es el mensaje del evento FailedMount."""


def from_api(volume: Object) -> bool:
    """Si el volumen está hecho de datos de la API."""
    return any(volume.get(key) is not None for key in _KINDS)


def references(pod: Object) -> set[Reference]:
    """Los ConfigMaps y Secrets que un Pod monta, menos el certificado que lleva todo Pod."""
    found = set()
    for volume in pod["spec"].get("volumes") or ():
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            for key, (kind, field) in _OBJECTS.items():
                if source.get(key) is not None and (name := source[key].get(field) or source[key].get("name")):
                    found.add((kind.plural, name))
    return found - {(kinds.CONFIGMAP.plural, "kube-root-ca.crt")}


class Contents:
    """Los datos que ve un Pod en sus volúmenes. `pod` se cambia por el último cada vez."""

    __slots__ = ("_api", "_frozen", "addresses", "pod")

    def __init__(self, api: Api, pod: Object) -> None:
        self.pod = pod
        self.addresses = ("", "")
        """La dirección del Pod y la de su nodo."""
        self._api = api
        self._frozen: dict[Reference, dict[str, str]] = {}

    def of(self, volume: Object) -> dict[str, str]:
        """Ruta -> texto de un volumen; vacío si no está hecho de datos de la API. Lanza `MountError`."""
        found: dict[str, str] = {}
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            found.update((f"/{path}", text) for path, text in self._source(volume["name"], source))
        return found

    def _source(self, volume: str, source: Object) -> Iterator[tuple[str, str]]:
        for item in (source.get("downwardAPI") or {}).get("items") or ():
            yield item["path"], self._downward(item)
        for key, (kind, field) in _OBJECTS.items():
            wanted = source.get(key)
            if wanted is not None:
                name = wanted.get(field) or wanted.get("name", "")
                texts = self._texts(volume, kind, name, bool(wanted.get("optional")))
                yield from self._chosen(volume, kind, name, texts, wanted)

    def _texts(self, volume: str, kind: kinds.Kind, name: str, optional: bool) -> dict[str, str]:
        known = self._frozen.get((kind.plural, name))
        if known is not None:
            return known
        try:
            found = self._api.get(kind, self.pod["metadata"]["namespace"], name)
        except StatusError:
            if optional:
                return {}
            raise _fault(volume, f'{kind.kind.lower()} "{name}" not found') from None
        texts = environment.texts(found)
        if found.get("immutable"):
            self._frozen[kind.plural, name] = texts
        return texts

    def _chosen(self, volume: str, kind: kinds.Kind, name: str, texts: dict[str, str],
                wanted: Object) -> Iterator[tuple[str, str]]:  # fmt: skip
        if not wanted.get("items"):
            yield from texts.items()
        for item in wanted.get("items") or ():
            if item["key"] in texts:
                yield item["path"], texts[item["key"]]
            elif not wanted.get("optional"):
                raise _fault(volume, f"references non-existent {_WORD[kind.plural]} key: {item['key']}")

    def _downward(self, item: Object) -> str:
        if "fieldRef" in item:
            return environment.field(self.pod, item["fieldRef"]["fieldPath"], *self.addresses)
        first = self.pod["spec"]["containers"][0]
        node = find(self._api, kinds.NODE, None, self.pod["spec"].get("nodeName", ""))
        return environment.resource(self.pod, first, item["resourceFieldRef"], node)


_WORD = {"configmaps": "config", "secrets": "secret"}


def _fault(volume: str, why: str) -> MountError:
    return MountError(f'MountVolume.SetUp failed for volume "{volume}" : {why}')
