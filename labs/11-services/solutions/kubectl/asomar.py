lab.kubectl("expose", "deployment", "catalogo", "--name=catalogo-todos", "--port=8080", "--cluster-ip=None")
lab.kubectl("create", "service", "nodeport", "frontend", "--tcp=80:8080", f"--node-port={lab.variant.node_port}")
