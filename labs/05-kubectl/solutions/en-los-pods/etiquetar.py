# Los Pods de hoy la llevan; los de mañana salen de la plantilla, sin ella.
for pod in lab.pods("capa=negocio,entorno=produccion"):
    lab.client.patch("pod", pod.name, {"metadata": {"labels": {"guardia": lab.variant.team}}})
