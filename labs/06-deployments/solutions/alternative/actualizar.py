def cambiar_imagen(imagen, motivo):
    """Un parche estratégico: cambia la imagen del contenedor y anota por qué."""
    plantilla = {"spec": {"containers": [{"name": "web", "image": imagen}]}}
    anotaciones = {"kubernetes.io/change-cause": motivo}
    parche = {"metadata": {"annotations": anotaciones}, "spec": {"template": plantilla}}
    lab.client.patch("deployment", "frontend", parche, how="strategic")


cambiar_imagen("tienda-frontend:1.1", "Nueva portada")
lab.wait_available("deployment/frontend")
