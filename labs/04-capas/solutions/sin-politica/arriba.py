def cambiar(nombre, contenedor):
    """Cambia el contenedor de un Deployment y espera a que esté en pie."""
    plantilla = {"spec": {"containers": [{"name": "principal", **contenedor}]}}
    lab.client.patch("deployment", nombre, {"spec": {"template": plantilla}}, how="strategic")
    lab.wait_available(f"deployment/{nombre}")


cambiar(quien["plano"], {"resources": {"requests": {"cpu": "50m"}}})
cambiar(quien["programa"], {"image": f"tienda-{quien['programa']}:1.0"})
