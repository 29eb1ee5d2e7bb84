lab.kubectl("get", "pods", "-l", "app=catalogo")
lab.kubectl("describe", "service", "catalogo")
imagen = lab.kubectl("get", "deployment", "catalogo", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
busca = lab.kubectl("get", "service", "catalogo", "-o", "jsonpath={.spec.selector.app}")
if imagen != "tienda-catalogo:1.0":
    campo = "image"
    lab.kubectl("rollout", "undo", "deployment/catalogo")
    lab.kubectl("rollout", "status", "deployment/catalogo", "--timeout=60s")
elif busca != "catalogo":
    campo = "selector"
    lab.kubectl("set", "selector", "service", "catalogo", "app=catalogo")
else:
    campo = "targetPort"
    puerto = '{"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}'
    lab.kubectl("patch", "service", "catalogo", "-p", puerto)
lab.kubectl("create", "configmap", "informe", f"--from-literal=catalogo_campo={campo}")
