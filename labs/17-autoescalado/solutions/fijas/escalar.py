# Las del pico, siempre: nadie espera y se pagan de noche.
lab.client.scale("deployment", "api", replicas + 1)
lab.wait_available("deployment/api")
