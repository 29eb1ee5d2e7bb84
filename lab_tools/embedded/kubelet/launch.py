"""Poner en marcha un contenedor, paso a paso: imagen, configuración, creación y arranque.

Cada paso que no sale deja el contenedor en `waiting` con su motivo, y el Pod volverá a intentarlo.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab_tools.embedded.kubelet import environment, hooks, identity, images, keyring, oom, timing, volumes
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.surroundings import PodContext
from lab_tools.embedded.workloads.program import Ending, Program
from lab_tools.embedded.workloads.table import Image, InvalidReference, Launch, NotExecutable, Reference
from lab_tools.objects import pod_resources
from lab_tools.objects.quantity import bytes_

_NO_START = 128


def begin(pod: PodContext, container: Container) -> None:
    """Empieza por la imagen: si está, sigue; si no, la descarga."""
    container.busy = True
    name, policy = container.spec["image"], container.spec.get("imagePullPolicy", "IfNotPresent")
    try:
        reference = Reference.parse(name)
    except InvalidReference as fault:
        reason = f'couldn\'t parse image name "{name}": {fault}'
        pod.tell(container, "Warning", "InspectFailed", f'Failed to apply default image tag "{name}": {reason}')
        pod.tell(container, "Warning", "Failed", "Error: InvalidImageName")
        _stuck(pod, container, "InvalidImageName", f'Failed to apply default image tag "{name}": {reason}')
        return
    image = pod.agent.images.get(reference)
    locked = image is not None and image.credentials is not None and not keyring.of(pod.api, pod.pod).opens(image)
    if policy == "Never" and (image is None or locked):
        message = f'Container image "{name}" is not present with pull policy of Never'
        if locked:
            message = (f'Container image "{name}" is present with pull policy of Never but does not have the proper '
                       "credentials to access the image")  # fmt: skip
        pod.tell(container, "Warning", "ErrImageNeverPull", message)
        pod.tell(container, "Warning", "Failed", "Error: ErrImageNeverPull")
        _stuck(pod, container, "ErrImageNeverPull", message)
    elif images.must_pull(policy, image is not None and not locked):
        _pull(pod, container, reference)
    elif image is not None:
        pod.tell(container, "Normal", "Pulled",
                 f'Container image "{name}" already present on machine and can be accessed by the pod')  # fmt: skip
        _create(pod, container, image)


def _pull(pod: PodContext, container: Container, reference: Reference) -> None:
    name, since = container.spec["image"], pod.clock.now
    pod.tell(container, "Normal", "Pulling", f'Pulling image "{name}"')
    image = pod.workloads.image(reference)
    keys = keyring.of(pod.api, pod.pod)
    if keys.missing:
        pod.tell(container, "Warning", "FailedToRetrieveImagePullSecret", "Unable to retrieve some image pull secrets "
                 f"({', '.join(keys.missing)}); attempting to pull the image may not succeed.")  # fmt: skip
    if image is None or not keys.opens(image):
        why = images.refusal(pod.workloads, reference) if image is None else images.locked(image, keys)
        pod.later(container, images.REFUSED_AFTER, lambda: _refused(pod, container, why))
        return

    def arrived() -> None:
        if pod.over or not container.busy:
            return
        pod.tell(container, "Normal", "Pulled", images.pulled_message(name, image, pod.clock.now - since))
        _create(pod, container, image)

    if reference in pod.agent.images:
        pod.later(container, images.REFUSED_AFTER, arrived)  # solo hay que preguntar si ha cambiado
    else:
        images.download(pod.clock, pod.agent, image, arrived)


def _refused(pod: PodContext, container: Container, why: str) -> None:
    name = container.spec["image"]
    container.pull_failures += 1
    container.retry_at = pod.clock.now + timing.backoff(container.pull_failures)
    pod.tell(container, "Warning", "Failed", f'Failed to pull image "{name}": {why}')
    pod.tell(container, "Warning", "Failed", "Error: ErrImagePull")
    container.wait("ErrImagePull", why)
    container.busy = False
    pod.publish()
    pod.later(container, timing.PULL_BACKOFF_NOTICE, lambda: _back_off(pod, container, why))
    pod.later(container, container.retry_at - pod.clock.now, pod.sync)


def _back_off(pod: PodContext, container: Container, why: str) -> None:
    message = f'Back-off pulling image "{container.spec["image"]}"'
    pod.tell(container, "Normal", "BackOff", message)
    pod.tell(container, "Warning", "Failed", "Error: ImagePullBackOff")
    container.wait("ImagePullBackOff", f"{message}: ErrImagePull: {why}")
    pod.publish()


def _create(pod: PodContext, container: Container, image: Image) -> None:
    try:
        program_for(pod, container, image, pod.clock.now)
    except environment.ConfigError as fault:
        pod.tell(container, "Warning", "Failed", f"Error: {fault}")
        _stuck(pod, container, "CreateContainerConfigError", str(fault))
        return
    except NotExecutable as refused:
        why = str(refused)
        pod.tell(container, "Normal", "Created", "Container created")
        pod.later(container, timing.CREATE, lambda: _unstartable(pod, container, image, why))
        return
    pod.later(container, (timing.CREATE + timing.START) * pod.agent.drag, lambda: _start(pod, container, image))


def _start(pod: PodContext, container: Container, image: Image) -> None:
    pod.tell(container, "Normal", "Created", "Container created")
    pod.tell(container, "Normal", "Started", "Container started")
    container.image, container.image_id = str(image.reference), _image_id(image)
    try:
        program = program_for(pod, container, image, pod.clock.now)
    except (environment.ConfigError, NotExecutable):
        container.busy = False
        pod.sync()
        return
    container.run(program, pod.clock.now)
    if hooks.has(container, "postStart"):
        pod.post_start(container)
    else:
        pod.started(container)


def _unstartable(pod: PodContext, container: Container, image: Image, why: str) -> None:
    pod.tell(container, "Warning", "Failed", f"Error: {why}")
    container.image, container.image_id = str(image.reference), _image_id(image)
    if container.last_end is not None:
        container.restarts += 1
        container.last_state = {"terminated": container.last_end}
    container.started_at = pod.clock.now
    container.end(Ending(0.0, _NO_START, "StartError"), pod.clock.now, why)
    pod.ended(container)


def program_for(pod: PodContext, container: Container, image: Image, born: float) -> Program:
    """El programa de un contenedor. Lanza `ConfigError` o `NotExecutable`."""
    spec = container.spec
    identity.verify(pod.pod, spec, image)
    env = environment.build(pod.api, pod.pod, spec, pod.address, pod.agent.host_ip, pod.node_object(),
                            pod.links.of(pod.pod))  # fmt: skip
    limit = pod_resources.ceiling(container.allocated.get("limits") or {}, pod.allocated.get("limits") or {}, "memory")
    command = environment.expand_command(list(spec.get("command") or []), env)
    args = environment.expand_command(list(spec.get("args") or []), env)
    files = volumes.network_files(pod.pod, pod.address)
    grade = f"{oom.score(pod.pod, spec, pod.agent.capacity['memory'])}\n"
    files.update(dict.fromkeys(oom.PATHS, grade))
    disk = volumes.disk(pod.pod, spec, pod.mounts.folders, files, env, born)
    memory = bytes_(limit) if limit else None
    stdin, terminal = bool(spec.get("stdin")), bool(spec.get("tty"))
    program = pod.workloads.program(
        image,
        Launch(command, args, env, disk, env["HOSTNAME"], born, memory, identity.user(pod.pod, spec, image), stdin,
               terminal, pod.plug(pod.pod), container.name, _beside(pod, container)),
    )  # fmt: skip
    if volumes.restless(pod.pod, spec):
        program.foresight = timing.GLIMPSE
    return program


def _beside(pod: PodContext, container: Container) -> tuple[str, ...]:
    """Los procesos de otros que un contenedor ve: los de aquel al que visita, o los de todos si se comparten."""
    if pod.pod["spec"].get("shareProcessNamespace"):
        others = [one for one in pod.containers if one is not container]
        return ("/pause", *_titles(others))
    target = container.spec.get("targetContainerName")
    return _titles([one for one in pod.containers if target and one.name == target])


def _titles(containers: Sequence[Container]) -> tuple[str, ...]:
    return tuple(one.program.title for one in containers if one.running and one.program is not None)


def _stuck(pod: PodContext, container: Container, reason: str, message: str) -> None:
    container.wait(reason, message)
    container.busy = False
    container.retry_at = pod.clock.now + timing.RESYNC
    pod.publish()
    pod.later(container, timing.RESYNC, pod.sync)


def _image_id(image: Image) -> str:
    return f"{image.reference.host}/{image.reference.path}@{image.digest}"
