lab.apply(f"""
apiVersion: v1
kind: Secret
metadata: {{name: bd}}
stringData: {{clave: {lab.variant.password}}}
""")
plantilla = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "principal",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            # Sin quitar `value`, la variable tendría dos orígenes y la API la rechazaría.
            "env": [{"name": "BD_CLAVE", "value": None, "valueFrom": {"secretKeyRef": {"name": "bd", "key": "clave"}}}],
        }
    ],
}
lab.client.patch("deployment", "frontend", {"spec": {"template": {"spec": plantilla}}}, how="strategic")
lab.wait_available("deployment/frontend")
nivel = {"pod-security.kubernetes.io/enforce": "restricted"}
lab.client.patch("namespace", lab.namespace, {"metadata": {"labels": nivel}})
