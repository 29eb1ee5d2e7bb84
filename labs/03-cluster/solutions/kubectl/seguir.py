lab.kubectl("create", "deployment", "frontend", "--image=tienda-frontend:1.0", f"--replicas={lab.variant.replicas}")
lab.kubectl("rollout", "status", "deployment/frontend", "--timeout=60s")


def dato(ruta, *que):
    """Un dato del primer Pod de `frontend`."""
    return lab.kubectl("get", *que, "-o", f"jsonpath={ruta}")


def firma(motivo):
    """Quién firma los Events con ese motivo."""
    return dato("{.items[0].reportingComponent}", "events", "--field-selector", f"reason={motivo}")


pod = dato("{.items[0].metadata.name}", "pods", "-l", "app=frontend")
anotar = {
    "pod": pod,
    "replicaset": dato("{.metadata.ownerReferences[0].name}", "pod", pod),
    "nodo": dato("{.spec.nodeName}", "pod", pod),
    "creo_replicaset": firma("ScalingReplicaSet"),
    "creo_pod": firma("SuccessfulCreate"),
    "puso_nodo": firma("Scheduled"),
    "lo_arranco": firma("Started"),
}
lab.kubectl("create", "configmap", "informe", *(f"--from-literal={clave}={valor}" for clave, valor in anotar.items()))
