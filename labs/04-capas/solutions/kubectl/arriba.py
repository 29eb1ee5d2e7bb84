lab.kubectl("set", "resources", f"deployment/{quien['plano']}", "--requests=cpu=50m,memory=64Mi")
lab.kubectl("set", "image", f"deployment/{quien['programa']}", f"principal=tienda-{quien['programa']}:1.0")
for nombre in quien["plano"], quien["programa"]:
    lab.kubectl("rollout", "status", f"deployment/{nombre}")
