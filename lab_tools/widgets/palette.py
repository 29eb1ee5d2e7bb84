"""Los colores y las formas de los dibujos.

Cada estado tiene tinta y fondo con un contraste de 4,5:1 o más (WCAG 2.2, 1.4.3) en claro y en oscuro, y una forma
propia: nada se distingue solo por el color. Los colores son variables de CSS para que el dibujo siga el tema del
cuaderno o del sitio; el papel es opaco, así que se lee sobre cualquier fondo.
"""

from __future__ import annotations

LIGHT = {
    "paper": "#ffffff", "ink": "#1f2933", "soft": "#52606d", "line": "#9aa5b1", "panel": "#f5f7fa",
    "current": "#1d4ed8", "previous": "#7b8794",
    "ready-ink": "#0b5d1e", "ready": "#e3f5e6", "starting-ink": "#0b4a8f", "starting": "#e3effc",
    "unready-ink": "#6b4a00", "unready": "#fff3d6", "failing-ink": "#8f1d1d", "failing": "#fdeaea",
    "pending-ink": "#5b2a86", "pending": "#f3ecfb", "ending-ink": "#454545", "ending": "#ececec",
    "done-ink": "#454545", "done": "#f3f3f3",
}  # fmt: skip
DARK = {
    "paper": "#16202b", "ink": "#e4e9ef", "soft": "#a9b5c2", "line": "#5d6b7a", "panel": "#1f2b38",
    "current": "#7fb0ff", "previous": "#8d99a6",
    "ready-ink": "#a6e8b4", "ready": "#12361d", "starting-ink": "#a8d1ff", "starting": "#12304f",
    "unready-ink": "#f7d58a", "unready": "#40300a", "failing-ink": "#ffb4b0", "failing": "#4a1717",
    "pending-ink": "#d9bdf7", "pending": "#341f4d", "ending-ink": "#c9c9c9", "ending": "#333a42",
    "done-ink": "#c9c9c9", "done": "#2a323b",
}  # fmt: skip

# Formas en una caja de 14 × 14, con `currentColor`.
SHAPES = {
    "check": '<circle cx="7" cy="7" r="6.5" fill="currentColor"/><path d="M4 7.3 6.2 9.5 10.2 4.8" fill="none" '
    'stroke="var(--orq-paper)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>',
    "half": '<circle cx="7" cy="7" r="5.8" fill="none" stroke="currentColor" stroke-width="1.4"/>'
    '<path d="M7 1.2a5.8 5.8 0 0 1 0 11.6z" fill="currentColor"/>',
    "ring": '<circle cx="7" cy="7" r="5.4" fill="none" stroke="currentColor" stroke-width="2.2"/>',
    "alert": '<path d="M7 .8 13.6 12.8H.4z" fill="currentColor"/>'
    '<path d="M7 5v3.8M7 10.4v1" stroke="var(--orq-paper)" stroke-width="1.6" stroke-linecap="round"/>',
    "diamond": '<path d="M7 .9 13.1 7 7 13.1.9 7z" fill="none" stroke="currentColor" stroke-width="1.5" '
    'stroke-dasharray="2.4 1.6"/>',
    "down": '<path d="M7 12.6V2.2M2.8 8.4 7 12.6l4.2-4.2" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round"/>',
    "square": '<rect x="1.6" y="1.6" width="10.8" height="10.8" rx="1.5" fill="currentColor"/>',
}


def style() -> str:
    """El CSS de un dibujo, que sirve dentro de un SVG suelto y dentro de una página."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        f".orq-svg{{{light}}}"
        f"@media (prefers-color-scheme:dark){{.orq-svg{{{dark}}}}}"
        f'[data-jp-theme-light="true"] .orq-svg,html[data-theme="light"] .orq-svg{{{light}}}'
        f'[data-jp-theme-light="false"] .orq-svg,html[data-theme="dark"] .orq-svg{{{dark}}}'
        ".orq-svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
        "color:var(--orq-ink);max-width:100%;height:auto;display:block}"
        ".orq-svg .mono{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    )


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--orq-{name}:{value};" for name, value in colours.items())
