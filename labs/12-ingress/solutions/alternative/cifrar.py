tienda = lab.client.get("ingress", "tienda")
tienda["spec"]["tls"] = [{"hosts": ["*.example.com"], "secretName": "certificado-nuevo"}]
lab.client.update(tienda)
