lab.client.patch("deployment", "trabajador", {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}})
