servicio("catalogo-todos", "catalogo", {"port": 80}, clusterIP="None")
servicio("frontend", "frontend", {"port": 80, "nodePort": lab.variant.node_port}, type="NodePort")
