lab.kubectl("set", "image", "deployment/frontend", f"frontend={lab.variant.bad_image}")
rotos = lab.wait_for_status("app=frontend", "ErrImagePull", "ImagePullBackOff")
lab.kubectl("get", "pods")
lab.report(causa=rotos[0].status, imagen=rotos[0].image)
