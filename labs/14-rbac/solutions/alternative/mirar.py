RBAC = "rbac.authorization.k8s.io"
cuenta = {"kind": "ServiceAccount", "name": lab.variant.account, "namespace": lab.namespace}


def rol(tipo, nombre, *reglas):
    """Crea un Role o un ClusterRole."""
    lab.client.create({"apiVersion": f"{RBAC}/v1", "kind": tipo, "metadata": {"name": nombre}, "rules": list(reglas)})


def unir(tipo, nombre):
    """Une un rol con la cuenta del vigilante, en este namespace."""
    lab.client.create(
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"{lab.variant.account}-{nombre}"},
            "roleRef": {"apiGroup": RBAC, "kind": tipo, "name": nombre},
            "subjects": [cuenta],
        }
    )


lab.client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": lab.variant.account}})
# Un ClusterRole sirve en todos los namespaces; un RoleBinding lo da solo en el suyo.
rol(
    "ClusterRole",
    "lectura-de-pods",
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
)
unir("ClusterRole", "lectura-de-pods")
lab.client.patch(
    "deployment", lab.variant.account, {"spec": {"template": {"spec": {"serviceAccountName": lab.variant.account}}}}
)
