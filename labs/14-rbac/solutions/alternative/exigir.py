import base64

clave = base64.b64encode(lab.variant.password.encode()).decode()
lab.client.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "frontend"}, "data": {"BD_CLAVE": clave}})
# Primero el nivel, y después los Pods: los que ya están se quedan hasta que llegan los buenos.
lab.client.patch(
    "namespace", lab.namespace, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
)
frontend = lab.client.get("deployment", "frontend")
pod = frontend["spec"]["template"]["spec"]
pod["automountServiceAccountToken"] = False
contenedor = pod["containers"][0]
contenedor["securityContext"] = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
contenedor["env"] = [{"name": "BD_CLAVE", "valueFrom": {"secretKeyRef": {"name": "frontend", "key": "BD_CLAVE"}}}]
lab.client.update(frontend)
lab.wait_available("deployment/frontend")
