contenedor = despliegue["spec"]["template"]["spec"]["containers"][0]
contenedor["image"] = "tienda-catalogo:1.1"
despliegue["spec"]["replicas"] = 1
pruebas = lab.client.within(f"{lab.namespace}-pruebas")
for objeto in objetos:
    pruebas.create(objeto)
