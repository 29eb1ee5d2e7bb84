# Ve el fallo, pero lo llama por otro nombre.
cambiar_imagen(lab.variant.bad_image)
lab.wait_for_status("app=frontend", "ErrImagePull", "ImagePullBackOff")
lab.report(causa="CrashLoopBackOff", imagen=lab.variant.bad_image)
