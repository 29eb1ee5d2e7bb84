lab.kubectl("get", "pods", "-o", "wide")
lab.kubectl("get", "events", "--field-selector", "type=Warning")
lab.kubectl("get", "pods", f"--as=system:serviceaccount:{lab.namespace}:vigia")
hallado = {}
for nombre in "api", "catalogo", "carrito", "pagos":
    plantilla = ".spec.template.spec.containers[0]"
    cpu = lab.kubectl("get", "deployment", nombre, "-o", f"jsonpath={{{plantilla}.resources.requests.cpu}}")
    imagen = lab.kubectl("get", "deployment", nombre, "-o", f"jsonpath={{{plantilla}.image}}")
    llega = lab.kubectl("exec", "deployment/frontend", "--", "wget", "-qO-", "-T", "2", f"http://{nombre}/")
    sano = "nada" if "tienda" in llega else "red"
    hallado[nombre] = "plano" if cpu != "50m" else "programa" if "rota" in imagen else sano
informe = [f"--from-literal={nombre}={capa}" for nombre, capa in hallado.items()]
lab.kubectl("create", "configmap", "informe", *informe, "--from-literal=bd=disco", "--from-literal=vigia=identidad")
quien = {capa: nombre for nombre, capa in hallado.items()}
