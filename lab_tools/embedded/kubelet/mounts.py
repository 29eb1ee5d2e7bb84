"""Lo que un Pod tiene montado: se prepara al arrancar y se pone al día en cada repaso."""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.kubelet import timing, volumes
from lab_tools.embedded.kubelet.contents import Contents
from lab_tools.embedded.kubelet.surroundings import Surroundings
from lab_tools.embedded.workloads.disk import Folder
from lab_tools.objects import Object


class Mounts:
    """Los volúmenes de un Pod. `phase`, de 0 a 1, decide el compás de sus repasos."""

    __slots__ = ("_api", "_attachments", "_clock", "_contents", "_disks", "_mint", "_period", "_since", "folders")

    def __init__(self, around: Surroundings, pod: Object, phase: float) -> None:
        self.folders: dict[str, Folder] = {}
        """Por el nombre del volumen."""
        self._api: Api = around.api
        self._clock: Clock = around.clock
        self._disks, self._mint = around.disks, around.mint
        self._contents = Contents(around.api, pod)
        self._period = timing.SYNC_SOONEST + (timing.SYNC_LATEST - timing.SYNC_SOONEST) * phase
        self._since = 0.0
        self._attachments = around.attachments

    def missing(self, pod: Object) -> str:
        """El primer volumen cuyo disco aún no está enganchado al nodo, o vacío."""
        return self._attachments.missing(pod)

    def hold(self, pod: Object) -> None:
        """El Pod usa sus discos: ya corría."""
        self._attachments.hold(pod)

    def release(self, pod: Object) -> None:
        """El Pod ya no usa sus discos."""
        self._attachments.release(pod)

    def prepare(self, pod: Object, addresses: tuple[str, str]) -> None:
        """Monta todo. `addresses`, la del Pod y la de su nodo. Lanza `MountError`, y entonces no hay nada montado."""
        self.folders = {}
        self._since = self._clock.now
        self._contents.pod, self._contents.addresses = pod, addresses
        self.folders = volumes.prepare(self._api, self._contents, self._clock.now, self._disks)
        volumes.mount_tokens(pod, self.folders, self._mint)

    def refresh(self, pod: Object) -> bool:
        """Pone al día lo hecho de datos de la API. Devuelve si algo cambió; lanza `MountError`."""
        self._contents.pod = pod
        return volumes.refresh(self._contents, self.folders, self._clock.now)

    def next_look(self) -> float:
        """El instante del próximo repaso de rutina."""
        past = self._clock.now - self._since
        return self._since + (past // self._period + 1) * self._period
