"""Lo que la prosa de cada capítulo afirma sobre sus celdas: si deja de ser verdad, hay que reescribir la prosa."""

from __future__ import annotations

CLAIMS: dict[str, tuple[str, ...]] = {
    "06-deployments": (
        r"No resources found in default namespace\.",
        r"De un manifiesto han salido \*\*5 objetos\*\*",
        r"Recuperado en \d+,\d s: \d,\d s en darse cuenta",
        r"app=en-observacion,pod-template-hash",
        r"Se perdieron \*\*3 Pods\*\* a la vez",
        r"Nunca hubo menos de \*\*3 listos\*\* ni más de \*\*4 Pods\*\*",
        r"✘ frontend-\S+  ErrImagePull  ",
        r"0/1     ImagePullBackOff",
        r"tienda-frontend:1\.1\.1: not found",
        r"Siguen atendiendo \*\*3 Pods\*\*, todos con `tienda-frontend:1\.1`",
        r'error: deployment "frontend" exceeded its progress deadline',
        r"(?s)REVISION  CHANGE-CAUSE\n1 .+\n3 .+\n4 +Nueva portada, versión 1\.1",
        r"✘ frontend-\S+  CrashLoopBackOff  ",
        r"FATAL: falta la plantilla inicio\.html",
        r"De la 1\.1 quedan \*\*[012] Pods\*\* de tres",
        r"0/3 nodes are available: 3 Insufficient cpu\.",
        r'strict decoding error: unknown field "spec\.replica"',
        r"`selector` does not match template `labels`",
        r"spec\.selector: Invalid value: .+: field is immutable",
    ),
}
