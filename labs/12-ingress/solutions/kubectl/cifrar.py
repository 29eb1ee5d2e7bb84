import json

cerradura = {"spec": {"tls": [{"hosts": [lab.variant.host], "secretName": "certificado-nuevo"}]}}
lab.kubectl("patch", "ingress", "portada", "--type=merge", "-p", json.dumps(cerradura))
lab.kubectl("describe", "ingress", "portada")
