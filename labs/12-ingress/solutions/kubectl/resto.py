lab.kubectl("create", "ingress", "resto", "--class=orquesta", "--default-backend=aviso:80")
