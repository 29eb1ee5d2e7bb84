plantilla = {"spec": {"template": {"metadata": {"labels": {"guardia": lab.variant.team}}}}}
for nombre in "api", "carrito":
    lab.client.patch("deployment", nombre, plantilla)
    lab.wait_available(f"deployment/{nombre}")
