# El nombre está bien, pero nadie miró la fecha.
cerradura = [{"hosts": [lab.variant.host], "secretName": "certificado-viejo"}]
lab.client.patch("ingress", "portada", {"spec": {"tls": cerradura}})
