"""La orden `orquesta`: lo mismo que hacen los cuadernos, dicho desde una terminal.

Un archivo por grupo de órdenes, y ninguno importa nada caro hasta que su orden se ejecuta. Todo lo que se lee
está en español; lo que un programa puede querer leer tiene `--json`. Sale con 0 si fue bien, 1 ante un error
contado, 2 si la orden está mal escrita y 130 con Ctrl-C. Los errores van siempre por stderr: con `--json`, en una
línea de JSON con `error`, `message`, `cure` y `exit_code`. Aquí no se decide nada: se pregunta y se cuenta.
"""

from __future__ import annotations


def main() -> None:
    """La entrada de la orden `orquesta`."""
    from lab_tools.cli.root import run

    raise SystemExit(run())
