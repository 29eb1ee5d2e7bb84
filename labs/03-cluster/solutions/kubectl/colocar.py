import json

elegido = json.dumps({"spec": {"nodeName": lab.variant.node}})
lab.kubectl("run", "urgente", "--image=tienda-carrito:1.0", f"--overrides={elegido}")
lab.kubectl("wait", "--for=condition=Ready", "pod/urgente", "--timeout=60s")
