def politica(nombre, spec):
    """Crea una NetworkPolicy."""
    lab.client.create(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": nombre},
            "spec": spec,
        }
    )


# Sin `policyTypes` también es de entrada: es lo que se supone si no hay `egress`.
politica("nadie", {"podSelector": {}, "ingress": []})
