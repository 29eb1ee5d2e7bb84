recrear(lab.variant.bad_image)
rotos = lab.wait_for_status("app=frontend", "ErrImagePull", "ImagePullBackOff")
lab.report(causa=rotos[0].status, imagen=rotos[0].image)
