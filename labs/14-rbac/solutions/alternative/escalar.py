rol(
    "Role",
    "replicas",
    {
        "apiGroups": ["apps"],
        "resources": ["deployments/scale"],
        "resourceNames": [lab.variant.target],
        "verbs": ["get", "patch", "update"],
    },
)
unir("Role", "replicas")
