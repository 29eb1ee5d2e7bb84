mi_namespace = {"matchLabels": {"kubernetes.io/metadata.name": lab.namespace}}
escaparate = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["frontend"]}]}
politica(
    "api",
    {
        "podSelector": {"matchLabels": {"app": "api"}},
        # Un solo elemento con los dos selectores: los dos a la vez.
        "ingress": [
            {"from": [{"namespaceSelector": mi_namespace, "podSelector": escaparate}], "ports": [{"port": 8080}]}
        ],
    },
)
