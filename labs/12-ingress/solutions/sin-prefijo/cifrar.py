cerradura = [{"hosts": [lab.variant.host], "secretName": "certificado-nuevo"}]
lab.client.patch("ingress", "portada", {"spec": {"tls": cerradura}})
