for despliegue in lab.client.list("deployments", labels="capa=negocio,entorno=produccion"):
    despliegue["spec"]["template"]["metadata"]["labels"]["guardia"] = lab.variant.team
    lab.client.update(despliegue)
    lab.wait_available(f"deployment/{despliegue['metadata']['name']}")
