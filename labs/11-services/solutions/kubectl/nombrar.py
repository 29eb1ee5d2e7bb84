lab.kubectl("expose", "deployment", "api", f"--port={lab.variant.api_port}", "--target-port=8080", "--selector=app=api")
lab.kubectl("get", "endpointslices")
