import json

lab.kubectl("create", "secret", "generic", "bd", f"--from-literal=clave={lab.variant.password}")
plantilla = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "principal",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            "env": [{"name": "BD_CLAVE", "value": None, "valueFrom": {"secretKeyRef": {"name": "bd", "key": "clave"}}}],
        }
    ],
}
lab.kubectl("patch", "deployment", "frontend", "-p", json.dumps({"spec": {"template": {"spec": plantilla}}}))
lab.kubectl("rollout", "status", "deployment/frontend", "--timeout=60s")
lab.kubectl("label", "namespace", lab.namespace, "pod-security.kubernetes.io/enforce=restricted")
