# Nadie miró el entorno.
plantilla = {"spec": {"template": {"metadata": {"labels": {"guardia": lab.variant.team}}}}}
for despliegue in lab.client.list("deployments", labels="capa=negocio"):
    nombre = despliegue["metadata"]["name"]
    lab.client.patch("deployment", nombre, plantilla)
    lab.wait_available(f"deployment/{nombre}")
