lab.apply(f"""
apiVersion: v1
kind: Pod
metadata: {{name: urgente}}
spec:
  nodeName: {lab.variant.node}
  containers: [{{name: carrito, image: "tienda-carrito:1.0"}}]
""")
lab.client.wait_for(lambda: lab.client.get("pod", "urgente")["status"].get("phase") == "Running")
lab.client.wait(2)
