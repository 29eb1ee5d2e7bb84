"""Lo que se pierde al traducir: por cada rasgo, qué pasa en cada sitio. Un rasgo que un sitio entiende no está en él.

`{who}` son los nombres de quienes lo piden.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab_tools.translate.application import Application

SWARM, NOMAD, MARATHON, ECS = "swarm", "nomad", "marathon", "ecs"
_ALL = (SWARM, NOMAD, MARATHON, ECS)


def _everywhere(text: str, *but: str) -> dict[str, str]:
    return {target: text for target in _ALL if target not in but}


LOSSES: Mapping[str, Mapping[str, str]] = {
    "rollout": {
        SWARM: "Swarm no mezcla maxSurge y maxUnavailable: o empieza la copia nueva antes, o para la vieja antes, "
               "de N en N.",
        NOMAD: "Nomad cambia de N en N (`max_parallel`), parando antes la copia vieja: maxSurge no tiene equivalente.",
    },
    "readiness only": {
        SWARM: "La sonda de readiness de {who} pasa a ser la de salud, y Swarm mata a quien no la pasa: ya no basta "
               "con que "
               "no le llegue tráfico.",
        MARATHON: "La sonda de readiness de {who} pasa a ser la de salud, y Marathon mata a quien no la pasa.",
        ECS: "La sonda de readiness de {who} pasa a ser la de salud, y ECS sustituye a quien no la pasa.",
    },
    "two probes": _everywhere("{who}: hay sitio para una sola sonda; queda la de readiness y se pierde la de "
                              "liveness."),
    "startupProbe": _everywhere("{who}: no hay sonda de arranque; dale margen con el retraso de la que queda."),
    "gRPC probe": _everywhere("{who}: su sonda gRPC se pierde; haz una de orden que la pregunte."),
    "lifecycle": _everywhere("{who}: no hay `preStop` ni `postStart`; lo que hicieran ha de hacerlo el programa."),
    "ConfigMap": _everywhere("Los ajustes de {who} se copian como variables: cambiarlos es volver a desplegar."),
    "absent ConfigMap": _everywhere("{who} usa un ConfigMap que no está en estos manifiestos: sus valores faltan."),
    "ConfigMap files": {
        SWARM: "Los archivos de {who} van como `configs`, que no cambian: para otro texto hay que darles otro nombre.",
        MARATHON: "{who}: Marathon no monta textos; esos archivos han de ir en la imagen o bajarse con `fetch`.",
        ECS: "{who}: ECS no monta textos; esos archivos han de ir en la imagen o en un volumen.",
    },
    "Secret": {
        SWARM: "Los secretos de {who} llegan como archivos en /run/secrets, no como variables (se deja "
               "VARIABLE_FILE), y hay "
               "que crearlos antes: docker secret create NOMBRE -",
        NOMAD: "Los secretos de {who} se leen de las variables de Nomad (nomad var put nomad/jobs/…), que hay que "
               "llenar "
               "antes.",
        MARATHON: "Los secretos de {who} necesitan el almacén de DC/OS; Marathon solo no tiene ninguno.",
        ECS: "Los secretos de {who} se leen de Parameter Store, que hay que llenar antes, y piden un "
             "`executionRoleArn` que "
             "pueda leerlos.",
    },
    "Secret files": _everywhere("{who}: sus secretos montados como archivos no se traducen."),
    "downward API": _everywhere("{who}: las variables que hablan del propio Pod (valueFrom.fieldRef) se pierden."),
    "another port": {
        SWARM: "{who}: dentro de la red se llama al puerto del contenedor; el del Service (port ≠ targetPort) "
               "desaparece.",
        NOMAD: "{who}: quien llame ha de preguntar a Nomad por la dirección y el puerto; el del Service desaparece.",
    },
    "Service": {
        NOMAD: "Los nombres de Service no los resuelve un DNS: {who} se descubre con una plantilla (`nomadService`) "
               "o con "
               "Consul.",
        MARATHON: "Los nombres de Service de {who} son etiquetas VIP, que solo resuelve DC/OS: "
                  "http://NOMBRE.marathon.l4lb."
                  "thisdcos.directory:PUERTO.",
        ECS: "Los nombres de Service de {who} los da Service Connect, dentro de un espacio de nombres de Cloud Map "
             "que hay "
             "que crear antes.",
    },
    "Service name": {
        SWARM: "A {who} se le llamaba por el nombre de su Service, que no es el suyo: en la red de Swarm, por el "
               "suyo.",
        NOMAD: "A {who} se le llamaba por el nombre de su Service, que no es el suyo: aquí se registra con el suyo.",
    },
    "LoadBalancer": _everywhere("{who}: nadie compra un balanceador; se publica un puerto, y lo de delante es "
                                "cosa tuya."),
    "StatefulSet": _everywhere("{who}: se pierden la identidad (NOMBRE-0, NOMBRE-1…), el orden y el disco de cada "
                               "réplica."),
    "volumes": _everywhere("{who}: sus volúmenes persistentes no se traducen; lo que escriba se pierde con el "
                           "contenedor."),
    "DaemonSet": {MARATHON: "{who}: Marathon no tiene «uno por nodo»; se piden las copias que se digan, de una en "
                            "una por nodo."},
    "Job": {
        SWARM: "{who}: Compose no tiene trabajos que acaben; queda como un servicio que no se repite al acabar bien.",
        MARATHON: "{who}: Marathon solo ejecuta servicios; un trabajo lo lleva Metronome.",
        ECS: "{who}: queda como definición de tarea; se lanza con run-task.",
    },
    "CronJob": {
        SWARM: "{who}: Swarm no tiene horarios; no se traduce. Llámalo desde el cron de una máquina.",
        MARATHON: "{who}: Marathon no tiene horarios; no se traduce. Lo lleva Metronome.",
        ECS: "{who}: queda como definición de tarea; el horario es de EventBridge Scheduler.",
    },
    "sidecars": _everywhere("{who}: solo se traduce su primer contenedor; los que lo acompañan se pierden."),
    "initContainers": _everywhere("{who}: sus initContainers se pierden; lo que preparaban ha de venir hecho."),
    "affinity": _everywhere("{who}: la afinidad se pierde."),
    "tolerations": _everywhere("{who}: las tolerancias se pierden."),
    "nodeSelector": _everywhere("{who}: el selector de nodos se pierde; tradúcelo a las restricciones de aquí."),
    "topologySpreadConstraints": _everywhere("{who}: el reparto por zonas se pierde."),
    "priorityClassName": _everywhere("{who}: la prioridad se pierde, y con ella que alguien le haga sitio."),
    "serviceAccountName": _everywhere("{who}: su ServiceAccount no existe fuera de Kubernetes."),
    "kind Ingress": _everywhere("El Ingress {who} se pierde: pon un proxy (Traefik, NGINX) o el balanceador de la "
                                "casa."),
    "kind NetworkPolicy": {
        **_everywhere("La NetworkPolicy {who} se pierde: todos pueden llamar a todos."),
        ECS: "La NetworkPolicy {who} se pierde: escríbela como grupos de seguridad.",
    },
    "kind HorizontalPodAutoscaler": {
        **_everywhere("El HorizontalPodAutoscaler {who} se pierde: las copias son las que se dicen."),
        NOMAD: "El HorizontalPodAutoscaler {who} se pierde: en Nomad lo hace el Nomad Autoscaler, que va aparte.",
        ECS: "El HorizontalPodAutoscaler {who} se pierde: en ECS es Application Auto Scaling, que va aparte.",
    },
    "kind PodDisruptionBudget": _everywhere("El PodDisruptionBudget {who} se pierde: vaciar un nodo no pregunta."),
    "kind PersistentVolumeClaim": _everywhere("El PersistentVolumeClaim {who} se pierde."),
    "kind Namespace": _everywhere("El Namespace {who} se pierde, con sus cuotas y sus permisos."),
}  # fmt: skip

# Lo que ocurre siempre en un sitio, pida lo que pida la aplicación.
_ALWAYS = {
    NOMAD: "Nomad mide la CPU en MHz: se ha contado un núcleo como 1000.",
    MARATHON: "Marathon reserva y limita la memoria con el mismo número, el mayor de los dos.",
    ECS: "Se escribe para instancias EC2 con la red en modo bridge; en Fargate faltan las subredes y sus tamaños "
    "fijos.",
}
_UNKNOWN = "{kind} {who}: no tiene traducción, y se pierde."


def lost(application: Application, target: str) -> list[str]:
    """Lo que se pierde de una aplicación en un sitio, en frases."""
    found = []
    for trait, who in application.traits.items():
        names = ", ".join(f"«{name}»" for name in who)
        if trait in LOSSES:
            if target in LOSSES[trait]:
                found.append(LOSSES[trait][target].format(who=names))
        elif trait.startswith("kind "):
            found.append(_UNKNOWN.format(kind=trait.removeprefix("kind "), who=names))
    always = [_ALWAYS[target]] if target in _ALWAYS else []
    return [*always, *found]
