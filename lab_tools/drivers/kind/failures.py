"""Los fallos conocidos de kind y de su motor: cómo se reconoce cada uno, qué ha pasado y cómo se cura.

Se leen en orden y manda el primero que aparece en la salida: lo que explica va antes que lo que solo acompaña.
Los textos que se buscan son los de kind (https://kind.sigs.k8s.io/docs/user/known-issues/ y
https://kind.sigs.k8s.io/docs/user/rootless/), los de Docker y Podman, y los de kubeadm y el kubelet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab_tools.errors import ClusterError

# De una salida que nadie reconoce, lo último es lo que más explica.
_TAIL = 1500


@dataclass(frozen=True)
class Failure:
    """Un fallo conocido. `pattern` se busca en todo lo que dijo kind; `message` y `cure` pueden usar sus grupos.

    `ours` es falso si lo que hay en el motor no lo dejó esta creación, y por tanto no se toca.
    """

    name: str
    pattern: str
    message: str
    cure: str
    ours: bool = True


_START = "Arráncalo: en Linux, «sudo systemctl start docker»; en macOS y Windows, abre Docker Desktop."
_EMBEDDED = "Mientras tanto, el clúster embebido no lo necesita: orquesta cluster create"
_PRUNE = "Libera espacio (mira qué ocupa: docker system df; borra lo que no se usa: docker system prune) y repite."

FAILURES: tuple[Failure, ...] = (
    Failure(
        "nombre en uso", r"node\(s\) already exist for a cluster with the name|"
        r"The container name \S+ is already in use",
        "Ya hay en esta máquina un clúster de kind con ese nombre, y no lo creó Orquesta.",
        "Elige otro nombre; o, si ya no lo quieres, bórralo tú: kind delete cluster --name {name}", ours=False,
    ),
    Failure(
        "sin motor", r'exec: \\?"(?:docker|podman|nerdctl)\\?": executable file not found|'
        r"failed to detect any supported node provider",
        "kind necesita un motor de contenedores y no hay ninguno en el PATH.",
        f"Instala Docker (https://docs.docker.com/get-docker/) y repite. {_EMBEDDED}",
    ),
    Failure(
        "sin permiso en el socket", r"permission denied while trying to connect to the [Dd]ocker|"
        r"dial unix \S+: connect: permission denied",
        "El motor de contenedores está, pero tu usuario no tiene permiso para hablar con él.",
        "Añádete a su grupo: sudo usermod -aG docker $USER. Cierra la sesión, vuelve a entrar y repite.",
    ),
    Failure(
        "motor parado", r"Cannot connect to the Docker daemon|failed to connect to the docker API|"
        r"error during connect|docker_engine: The system cannot find the file|[Cc]annot connect to Podman",
        "El motor de contenedores no contesta.", f"{_START} {_EMBEDDED}",
    ),
    Failure(
        "contenedores de Windows", r'image operating system "linux" cannot be used on this platform|'
        r"no matching manifest for windows",
        "Docker Desktop está en modo de contenedores de Windows, y los nodos son Linux.",
        "Cámbialo en el icono de Docker: «Switch to Linux containers». Después, repite.",
    ),
    Failure(
        "rootless sin cgroup v2", r"rootless provider requires cgroup v2",
        "El motor corre sin root (rootless), y así kind necesita cgroup v2: esta máquina usa cgroup v1.",
        "Activa cgroup v2 (systemd.unified_cgroup_hierarchy=1 en el arranque del núcleo) o usa el motor con root. "
        "Más: https://kind.sigs.k8s.io/docs/user/rootless/",
    ),
    Failure(
        "rootless sin delegación", r'requires setting systemd property "?Delegate=yes',
        "El motor corre sin root (rootless) y systemd no le deja repartir CPU, memoria y procesos.",
        "Crea /etc/systemd/system/user@.service.d/delegate.conf con «[Service]» y «Delegate=yes», haz "
        "«sudo systemctl daemon-reload» y reinicia tu sesión.",
    ),
    Failure(
        "Podman antiguo", r'podman version "?(?P<version>[\w.]+)"? is too old',
        "Tu Podman es el {version} y kind necesita uno más nuevo.",
        "Actualiza Podman, o usa Docker: unset KIND_EXPERIMENTAL_PROVIDER",
    ),
    Failure(
        "WSL2", r"error adding pid \d+ to cgroups",
        "El núcleo de WSL2 no monta los cgroups como los nodos esperan.",
        "Actualízalo en PowerShell (wsl --update; wsl --shutdown) y, si sigue, fuerza cgroup v2 en .wslconfig: "
        "kernelCommandLine = cgroup_no_v1=all systemd.unified_cgroup_hierarchy=1",
    ),
    Failure(
        "cgroup v1", r"configured to not run on a host using cgroup v1",
        "Esta máquina usa cgroup v1, y el Kubernetes que pides ya no arranca ahí.",
        "Pasa a cgroup v2 (cualquier distribución de 2022 o posterior lo trae) o pide uno anterior: "
        "--kubernetes-version 1.34",
    ),
    Failure(
        "núcleo antiguo", r"kernel does not support cgroup namespaces",
        "El núcleo de esta máquina es demasiado antiguo: no tiene espacios de nombres de cgroup.",
        "Actualiza el sistema, o crea el clúster dentro de una máquina virtual con uno más nuevo.",
    ),
    Failure(
        "puerto ocupado", r"(?:Bind for|listen tcp4?) \S*?:(?P<port>\d+)\S*:? (?:failed: port is already allocated|"
        r"bind: address already in use)|Ports are not available: .*?:(?P<other>\d+)",
        "El puerto {port} de esta máquina ya lo usa otro programa.",
        "Mira cuál (Linux: sudo ss -ltnp 'sport = :{port}'; docker ps) y ciérralo, o elige otro puerto con "
        "--http-port y --https-port.",
    ),
    Failure(
        "puerto reservado", r"(?:cannot expose privileged port (?P<port>\d+)|:(?P<other>\d+): bind: permission denied)",
        "El motor no tiene permiso para abrir el puerto {port}: los menores que 1024 están reservados.",
        "Pide puertos altos: --http-port 8080 --https-port 8443",
    ),
    Failure(
        "sin disco", r"no space left on device|disk quota exceeded",
        "No queda espacio en el disco del motor de contenedores.", _PRUNE,
    ),
    Failure(
        "sin memoria", r"cannot allocate memory|\bOOMKilled\b|Out of memory|signal: killed|exit status 137",
        "La máquina, o la máquina virtual del motor, se ha quedado sin memoria: cada nodo pide cerca de 1 GB.",
        "Cierra programas, pide menos nodos (--workers 0) o da más memoria a Docker Desktop (Settings → Resources).",
    ),
    Failure(
        "límites de inotify", r"[Tt]oo many open files|inotify_(?:init|add_watch)|"
        r"Failed to create control group inotify|user limit on inotify",
        "Los nodos han agotado los vigilantes de archivos (inotify) que el núcleo deja a un usuario.",
        "Súbelos: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512. Para que dure, "
        "ponlos en /etc/sysctl.d/99-kind.conf.",
    ),
    Failure(
        "certificado del proxy", r"x509: certificate signed by unknown authority",
        "Al descargar la imagen contesta alguien con un certificado que el motor no conoce: suele ser un proxy.",
        "Da ese certificado al motor, o usa un espejo de tu centro: --mirror docker.io=http://DIRECCIÓN",
    ),
    Failure(
        "demasiadas descargas", r"toomanyrequests|429 Too Many Requests|pull rate limit",
        "El registro no deja descargar más imágenes por ahora a esta dirección.",
        "Identifícate (docker login), espera unas horas o carga la imagen desde un archivo: docker load -i ARCHIVO",
    ),
    Failure(
        "otra arquitectura", r"exec format error|no matching manifest for linux/(?P<arch>\S+)",
        "No hay imagen de nodo para el procesador de esta máquina.",
        "kind publica imágenes para amd64 y arm64; quita DOCKER_DEFAULT_PLATFORM si la tienes puesta.",
    ),
    Failure(
        "imagen no encontrada", r'manifest unknown|manifest for (?P<image>\S+) not found|pull access denied|'
        r'failed to pull image "(?P<other>[^"]+)"[\s\S]*(?:not found|does not exist)',
        "La imagen de nodo no existe en su registro.",
        "Pide una versión que kind publique (mira https://github.com/kubernetes-sigs/kind/releases) o quita "
        "--kubernetes-version y se usará la suya.",
    ),
    Failure(
        "sin red", r"no such host|network is unreachable|TLS handshake timeout|i/o timeout|"
        r"(?:Client\.Timeout|request canceled) [\s\S]{0,40}(?:exceeded|awaiting)|Temporary failure in name resolution|"
        r"proxyconnect tcp",
        "No se ha podido descargar la imagen de los nodos: el motor no llega a la red.",
        "Comprueba la conexión y el proxy (HTTPS_PROXY), o tráela en un archivo y cárgala: docker load -i ARCHIVO",
    ),
    Failure(
        "sin subredes", r"non-overlapping (?:IPv4 address pool|subnet)|all predefined address pools have been fully",
        "El motor no encuentra direcciones libres para la red de los nodos: las ocupan otras redes o una VPN.",
        "Borra redes que no uses (docker network prune) o cierra la VPN mientras se crea el clúster.",
    ),
    Failure(
        "iptables", r"No chain/target/match by that name|iptables failed",
        "Las reglas de red del motor han desaparecido: algo ha reiniciado el cortafuegos.",
        "Reinicia el motor para que las reponga: sudo systemctl restart docker",
    ),
    Failure(
        "init de Docker", r"alternative telinit implementation",
        "El motor pone su propio «init» en cada contenedor, y un nodo necesita ser el proceso 1.",
        'Quita "init": true de /etc/docker/daemon.json y reinicia el motor.',
    ),
    Failure(
        "SELinux", r"open /dev/\S+: permission denied|avc: +denied",
        "SELinux no deja a los nodos abrir los dispositivos que necesitan.",
        "Actualiza la política de SELinux del sistema; para comprobarlo: sudo setenforce 0",
    ),
    Failure(
        "disco que el nodo no ve", r"failed to get rootfs info|could not find device with major",
        "El kubelet no encuentra el dispositivo donde está su disco (pasa con Btrfs y con discos cifrados).",
        "Móntalo en los nodos: --mount /dev/DISPOSITIVO:/dev/DISPOSITIVO (el que nombra el registro del kubelet).",
    ),
    Failure(
        "carpeta sin compartir", r"Mounts denied|is not shared from the host|bind source path does not exist",
        "El motor no puede montar en los nodos una de las carpetas que pides.",
        "Comprueba la ruta y, en Docker Desktop, compártela (Settings → Resources → File sharing).",
    ),
    Failure(
        "configuración", r"unable to decode config|invalid configuration for node|is not a valid cluster name",
        "kind no acepta la configuración que le hemos escrito.",
        "Es un fallo de Orquesta: cuéntanoslo con lo que has pedido y con «kind version».",
    ),
    Failure(
        "kubeconfig bloqueado", r"failed to lock config file",
        "Otro kind se quedó a medias escribiendo el kubeconfig del clúster.",
        "Comprueba que ningún kind sigue en marcha y repite.",
    ),
    Failure(
        "el nodo no arranca", r"could not find a log line that matches",
        "El contenedor del nodo se crea, pero su sistema no termina de arrancar.",
        "Suelen ser los límites de inotify (sudo sysctl fs.inotify.max_user_instances=512) o los cgroups. Mira qué "
        "ve Orquesta en esta máquina: orquesta doctor",
    ),
    Failure(
        "el plano de control no llega", r"failed to init node with kubeadm|timed out waiting for the condition|"
        r"kubelet (?:isn't running|is not running|is not healthy)|(?:wait-control-plane|context deadline exceeded)",
        "El plano de control no ha llegado a estar listo a tiempo.",
        "Casi siempre es falta de memoria, de disco o de CPU: cierra programas, pide menos nodos y repite. "
        "Mira qué ve Orquesta en esta máquina: orquesta doctor",
    ),
    Failure(
        "un nodo no se une", r"failed to join node with kubeadm",
        "El plano de control funciona, pero un nodo de trabajo no ha conseguido unirse.",
        "Suele ser falta de memoria o los límites de inotify: prueba con menos nodos (--workers 1).",
    ),
    Failure(
        "el contenedor se ha parado", r"[Cc]ontainer \S+ is not running|No such container",
        "El contenedor de un nodo se ha parado mientras se preparaba el clúster.",
        "Mira si falta memoria (docker stats) y repite.",
    ),
)  # fmt: skip


def recognise(said: str) -> Failure | None:
    """El primer fallo de la tabla que aparece en lo que dijo kind, o `None`."""
    return next((failure for failure in FAILURES if re.search(failure.pattern, said)), None)


def explain(said: str, name: str, command: str = "") -> ClusterError:
    """El error que se le cuenta a una persona: el de la tabla o, si nadie lo conoce, lo último que dijo kind."""
    failure = recognise(said)
    if failure is None:
        cure = f"Repítelo en una terminal para verlo entero: {command}" if command else ""
        last = said.strip()[-_TAIL:] or "(sin mensaje)"
        return ClusterError(f"kind no ha podido con el clúster «{name}» y dice:\n{last}", cure)
    found = re.search(failure.pattern, said)
    groups = {key: value for key, value in (found.groupdict() if found else {}).items() if value}
    words = {"name": name, "port": groups.get("port") or groups.get("other") or "pedido", **groups}
    return ClusterError(failure.message.format(**words), f"{failure.cure.format(**words)}\n{_quoted(said)}".rstrip())


def named(failure: str, name: str) -> ClusterError:
    """El error de una fila de la tabla que se ha descubierto sin preguntar a kind. Lanza StopIteration si no existe."""
    found = next(row for row in FAILURES if row.name == failure)
    return ClusterError(found.message.format(name=name, port=""), found.cure.format(name=name, port=""))


def _quoted(said: str) -> str:
    """La línea de error de kind, en inglés y entera: es la que se busca en internet."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = next((line for line in lines if "ERROR" in line), lines[-1] if lines else "")
    return f"kind dice: {told[:300]}" if told else ""
