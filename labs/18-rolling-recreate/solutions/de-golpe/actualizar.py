# Borra el Deployment y lo crea otra vez con la imagen nueva: la tienda cierra.
def publicar(imagen):
    viejo = lab.client.get("deployment", "api")
    viejo["spec"]["template"]["spec"]["containers"][0]["image"] = imagen
    nuevo = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": viejo["spec"]}
    with lab.during("http://api/pedidos", rps=40, from_="deployment/frontend") as visitas:
        lab.client.wait(3)
        lab.client.delete("deployment", "api")
        lab.client.wait_for(lambda: not lab.pods("app=api"), message="se fueran los Pods")
        lab.client.create(nuevo)
        lab.wait_available("deployment/api")
        lab.client.wait(8)
    return visitas


print(publicar(f"tienda-api:{lab.variant.version}"))
