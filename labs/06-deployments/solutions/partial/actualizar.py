# Sin decir por qué se cambia.
def cambiar_imagen(imagen):
    plantilla = {"spec": {"containers": [{"name": "frontend", "image": imagen}]}}
    lab.client.patch("deployment", "frontend", {"spec": {"template": plantilla}}, how="strategic")


cambiar_imagen("tienda-frontend:1.1")
lab.wait_available("deployment/frontend")
