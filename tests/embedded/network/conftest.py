"""Un clúster de dos nodos y las palabras con que las pruebas de la red lo llenan y le preguntan."""

import pytest
import yaml

from lab_tools.embedded.network import Ask
from lab_tools.errors import StatusError
from lab_tools.objects import kinds


class Town:
    """Un clúster visto por su red. Los tiempos son segundos virtuales."""

    def __init__(self, cluster):
        self.cluster, self.api, self.clock, self.network = cluster, cluster.api, cluster.clock, cluster.network

    def apply(self, text):
        """Crea los objetos de un YAML; los que no dicen espacio, en default."""
        for one in yaml.safe_load_all(text):
            kind = self.api.kinds.find(one["apiVersion"], one["kind"])
            home = one["metadata"].get("namespace") or ("default" if kind.namespaced else None)
            self.api.create(kind, one, home)
            self.clock.settle()

    def namespace(self, name, **labels):
        self.api.create(kinds.NAMESPACE, {"metadata": {"name": name, "labels": labels}})
        self.clock.advance(1)

    def pod(
        self, name, namespace="default", image="nginx:1.27", command=None, ports=(("web", 80),), labels=None, **spec
    ):
        """Crea un Pod con las etiquetas {app: nombre}."""
        container = {"name": "c", "image": image, **({"command": command} if command else {}),
                     "ports": [{"name": own, "containerPort": port} for own, port in ports]}  # fmt: skip
        meta = {"name": name, "labels": labels if labels is not None else {"app": name}}
        self.api.create(kinds.POD, {"metadata": meta, "spec": {"containers": [container], **spec}}, namespace)

    def service(self, name, namespace="default", app=None, port=80, target="web", **spec):
        """Crea un Service que elige a {app: nombre}."""
        ports = spec.pop("ports", [{"port": port, "targetPort": target}])
        body = {"selector": {"app": app or name}, "ports": ports, **spec}
        return self.api.create(kinds.SERVICE, {"metadata": {"name": name}, "spec": body}, namespace)

    def policy(self, name, spec, namespace="default"):
        self.api.create(kinds.NETWORKPOLICY, {"metadata": {"name": name}, "spec": spec}, namespace)

    def start(self, seconds=20):
        """Deja que todo arranque."""
        self.clock.advance(seconds)

    def address(self, name, namespace="default"):
        return self.api.get(kinds.POD, namespace, name)["status"]["podIP"]

    def get(self, word, name, namespace="default"):
        kind = self.api.kinds.named(word)
        return self.api.get(kind, namespace if kind.namespaced else None, name)

    def delete(self, word, name, namespace="default", **how):
        self.api.delete(self.api.kinds.named(word), namespace, name, **how)

    def walk(self, url, source=None, **how):
        """El camino desde un Pod («nombre» o «espacio/nombre»), o desde fuera."""
        key = None
        if source is not None:
            namespace, _, name = source.rpartition("/")
            key = (namespace or "default", name)
        return self.network.walk(Ask.url(url, key, **how))

    def verdict(self, url, source=None, **how):
        return str(self.walk(url, source, **how).verdict)

    def run(self, pod, *command, namespace="default", patience=600):
        """Ejecuta una orden en un Pod: código, salida y lo que tardó."""
        execution = self.cluster.execute(namespace, pod, "c", list(command), False, False)
        start, said = self.clock.now, []
        self.clock.run_until(lambda: said.extend(execution.read()) or execution.code is not None, patience)
        said.extend(execution.read())
        text = b"".join(data for _, data in said).decode()
        return execution.code, text, self.clock.now - start

    def gone(self, word, name, namespace="default"):
        try:
            self.get(word, name, namespace)
        except StatusError:
            return True
        return False


@pytest.fixture
def town():
    from lab_tools.embedded.cluster import EmbeddedCluster

    return Town(EmbeddedCluster(nodes=2, seed=0))
