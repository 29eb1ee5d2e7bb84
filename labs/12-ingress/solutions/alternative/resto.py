# Una regla sin nombre atiende a los que no tienen otra: sirve lo mismo que `defaultBackend`.
aviso = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "aviso", "port": {"number": 80}}}}
lab.client.create(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "cualquiera"},
        "spec": {"ingressClassName": "orquesta", "rules": [{"http": {"paths": [aviso]}}]},
    }
)
