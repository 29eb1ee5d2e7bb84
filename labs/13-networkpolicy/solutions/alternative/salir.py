a_la_api = {"to": [{"podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"port": 8080}]}
al_dns = {
    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
}
frontend = {"matchLabels": {"app": "frontend"}}
politica("frontend", {"podSelector": frontend, "policyTypes": ["Egress"], "egress": [a_la_api, al_dns]})
