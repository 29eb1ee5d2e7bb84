siguiente = bueno.replace("tienda-catalogo:1.0", "tienda-catalogo:1.1")
lab.kubectl("apply", "-n", f"{lab.namespace}-pruebas", "-f", "-", stdin=siguiente)
lab.kubectl("rollout", "status", "deployment/catalogo", "-n", f"{lab.namespace}-pruebas")
