# Los Pods de `frontend` siguen ahí, y por eso parece que todo va bien.
nivel = {"pod-security.kubernetes.io/enforce": "restricted"}
lab.client.patch("namespace", lab.namespace, {"metadata": {"labels": nivel}})
