borrador = lab.kubectl("get", "configmap", "borrador", "-o", r"jsonpath={.data.catalogo\.yaml}")
lab.kubectl("apply", "-f", "-", stdin=borrador)
if "apps/v1beta2" in borrador:
    campo = "apiVersion"
elif "replicas: dos" in borrador:
    campo = "replicas"
else:
    campo = "labels"
lab.kubectl("create", "configmap", "informe", f"--from-literal=borrador_campo={campo}")

bueno = borrador.replace("apps/v1beta2", "apps/v1").replace("edicion: 7", 'edicion: "7"')
for antes in "replicas: dos", "replicas: 2":
    bueno = bueno.replace(antes, f"replicas: {lab.variant.replicas}")
lab.kubectl("apply", "-f", "-", stdin=bueno)
lab.kubectl("rollout", "status", "deployment/catalogo")
