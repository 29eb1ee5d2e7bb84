"""Un clúster nuevo, de tres nodos, en proceso y con la semilla cero."""

import pytest

from lab_tools.errors import StatusError
from lab_tools.objects import kinds


@pytest.fixture
def cluster():
    from lab_tools.embedded.cluster import EmbeddedCluster

    return EmbeddedCluster(nodes=3, seed=0)


class World:
    """Un clúster con las palabras que usan las pruebas de sus controladores. Los tiempos son segundos virtuales."""

    def __init__(self, cluster):
        self.cluster, self.api, self.clock = cluster, cluster.api, cluster.clock

    def pod(self, name, namespace="default", labels=None, **spec):
        """Crea un Pod; sin `containers`, uno de nginx."""
        spec.setdefault("containers", [{"name": "c", "image": "nginx:1.27"}])
        meta = {"name": name, **({"labels": labels} if labels else {})}
        return self.api.create(kinds.POD, {"metadata": meta, "spec": spec}, namespace)

    def busybox(self, name, *command, **spec):
        """Crea un Pod de busybox con una orden. `container` amplía el contenedor."""
        container = {"name": "c", "image": "busybox:1.36", "command": list(command), **spec.pop("container", {})}
        return self.pod(name, containers=[container], **spec)

    def deployment(self, name="web", replicas=2, image="nginx:1.27", template=None, **spec):
        """Crea un Deployment de nginx."""
        pod = {"containers": [{"name": "c", "image": image}], **(template or {})}
        body = {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": pod}, **spec}  # fmt: skip
        return self.api.create(kinds.DEPLOYMENT, {"metadata": {"name": name}, "spec": body}, "default")

    def get(self, word, name, namespace="default"):
        """Un objeto, o `None`."""
        kind = kinds.named(word)
        try:
            return self.api.get(kind, namespace if kind.namespaced else None, name)
        except StatusError as error:
            if error.code != 404:
                raise
            return None

    def all(self, word, namespace="default"):
        """Los objetos de un tipo."""
        return self.api.list(kinds.named(word), namespace).items

    def patch(self, word, name, patch, namespace="default"):
        """Cambia un objeto con un parche de mezcla estratégica."""
        kind = kinds.named(word)
        return self.api.patch(kind, namespace if kind.namespaced else None, name, patch, "strategic")

    def delete(self, word, name, namespace="default", **how):
        """Borra un objeto."""
        kind = kinds.named(word)
        return self.api.delete(kind, namespace if kind.namespaced else None, name, **how)

    def until(self, predicate, timeout=60):
        """Deja pasar el tiempo hasta que se cumpla; devuelve los segundos que hicieron falta."""
        start = self.clock.now
        assert self.clock.run_until(predicate, timeout), f"no se cumplió en {timeout} s virtuales"
        return self.clock.now - start

    def until_available(self, name="web", replicas=2, timeout=60):
        """Espera a que un Deployment acabe su rollout."""

        def done():
            deployment = self.get("deployment", name)
            status = deployment["status"]
            return status.get("observedGeneration") == deployment["metadata"]["generation"] and all(
                status.get(count, 0) == replicas for count in ("replicas", "updatedReplicas", "availableReplicas")
            )

        return self.until(done, timeout)

    def until_phase(self, name, phase, timeout=60):
        """Espera a que un Pod llegue a una fase."""
        return self.until(lambda: self.get("pod", name)["status"]["phase"] == phase, timeout)

    def until_ready(self, name, timeout=60):
        """Espera a que un Pod esté listo."""
        return self.until(lambda: self.condition("pod", name, "Ready").get("status") == "True", timeout)

    def condition(self, word, name, kind):
        """Una condición de un objeto; vacía si no la tiene."""
        found = self.get(word, name)["status"].get("conditions") or []
        return next((one for one in found if one["type"] == kind), {})

    def container(self, name, index=0):
        """El estado de un contenedor de un Pod."""
        return self.get("pod", name)["status"]["containerStatuses"][index]

    def restarts(self, name):
        """Reinicios del primer contenedor de un Pod; 0 si aún no se sabe nada de él."""
        found = self.get("pod", name)["status"].get("containerStatuses") or [{}]
        return found[0].get("restartCount", 0)

    def events(self, about, *reasons):
        """Los Events de un objeto: (tipo, motivo, mensaje), por orden."""
        found = [one for one in self.all("events") if one["involvedObject"]["name"] == about
                 and (not reasons or one["reason"] in reasons)]  # fmt: skip
        found.sort(key=lambda one: int(one["metadata"]["resourceVersion"]))
        return [(one["type"], one["reason"], one["message"]) for one in found]


@pytest.fixture
def world(cluster):
    return World(cluster)
