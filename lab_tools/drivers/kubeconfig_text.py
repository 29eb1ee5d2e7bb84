"""Cambia un kubeconfig como texto: lo que no es nuestro, comentarios incluidos, se queda letra por letra.

El YAML dice en qué línea está cada cosa y solo se tocan esas líneas. Después se relee: si el texto nuevo no
dice exactamente lo esperado (un estilo raro, un ancla), se escribe entero desde los datos, y ahí sí se pierden
los comentarios. Nunca se guarda algo que diga otra cosa.
"""

from __future__ import annotations

from typing import Any

import yaml

Config = dict[str, Any]

SECTIONS = ("clusters", "contexts", "users")


class _Untouchable(Exception):
    """El texto no está escrito de una manera que se pueda cambiar línea a línea."""


def parse(text: str) -> Config:
    """Los datos de un kubeconfig; un texto vacío es uno sin nada. Lanza TypeError o yaml.YAMLError."""
    found = yaml.load(text, _LOADER)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise TypeError("se esperaba un objeto con «clusters», «contexts» y «users»")
    for section in SECTIONS:
        items = found.get(section)
        if items is not None and not (isinstance(items, list) and all(isinstance(item, dict) for item in items)):
            raise TypeError(f"se esperaba que «{section}» fuera una lista de objetos")
    return found


def dump(config: Config) -> str:
    """Un kubeconfig como texto YAML, con las claves en el orden de los datos."""
    return str(yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=2**20))


def put(text: str, section: str, item: Config) -> str:
    """Añade a una sección un objeto con `name`, o sustituye al que se llama igual."""
    config = parse(text)
    items = list(config.get(section) or [])
    names = [found.get("name") for found in items]
    if item["name"] in names:
        items[names.index(item["name"])] = item
    else:
        items.append(item)
    return _checked(lambda: _put_lines(text, section, item), {**config, section: items})


def remove(text: str, section: str, name: str) -> str:
    """Quita de una sección lo que se llama así; si no está, devuelve el mismo texto."""
    config = parse(text)
    items = config.get(section) or []
    kept = [found for found in items if found.get("name") != name]
    if len(kept) == len(items):
        return text
    return _checked(lambda: _remove_lines(text, section, name), {**config, section: kept})


def set_current(text: str, context: str) -> str:
    """Hace actual un contexto; con "", deja el archivo sin contexto actual."""
    config = parse(text)
    if (config.get("current-context") or "") == context:
        return text
    return _checked(lambda: _current_line(text, context), {**config, "current-context": context})


def _checked(edit: Any, expected: Config) -> str:
    try:
        changed = str(edit())
        if parse(changed) == expected:
            return changed
    except (_Untouchable, TypeError, yaml.YAMLError):
        return dump(expected)
    return dump(expected)


def _put_lines(text: str, section: str, item: Config) -> str:
    lines = _lines(text)
    found = _find(text, section)
    if found is None:
        return "".join([*lines, f"{section}:\n", *_render(item, 0)])
    key, value = found
    if not isinstance(value, yaml.SequenceNode) or not value.value:
        line = key.start_mark.line
        if value.end_mark.line not in (line, line + 1):
            raise _Untouchable
        return "".join([*lines[:line], f"{section}:\n", *_render(item, 0), *lines[line + 1 :]])
    for node in value.value:
        first, last = _span(node, lines)
        if _name(node) == item["name"]:
            return "".join([*lines[:first], *_render(item, _indent(lines[first])), *lines[last + 1 :]])
    return "".join([*lines[: last + 1], *_render(item, _indent(lines[first])), *lines[last + 1 :]])


def _remove_lines(text: str, section: str, name: str) -> str:
    lines = _lines(text)
    found = _find(text, section)
    if found is None or not isinstance(found[1], yaml.SequenceNode):
        raise _Untouchable
    key, value = found
    for node in reversed(value.value):
        if _name(node) == name:
            first, last = _span(node, lines)
            del lines[first : last + 1]
    if all(_name(node) == name for node in value.value):
        lines[key.start_mark.line] = f"{section}: []\n"
    return "".join(lines)


def _current_line(text: str, context: str) -> str:
    lines = _lines(text)
    found = _find(text, "current-context")
    written = f"current-context: {_scalar(context)}\n"
    if found is None:
        return "".join([*lines, written])
    key, value = found
    if value.end_mark.line not in (key.start_mark.line, key.start_mark.line + 1):
        raise _Untouchable
    lines[key.start_mark.line] = written
    return "".join(lines)


# El cargador en C, donde lo hay, lee diez veces más deprisa. Ambos dan las mismas marcas de línea.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _lines(text: str) -> list[str]:
    if text and not text.endswith("\n"):
        text += "\n"
    return text.splitlines(keepends=True)


def _find(text: str, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Los nodos (clave, valor) de una clave de primer nivel. Lanza _Untouchable si el documento no es de bloque."""
    root = yaml.compose(text, yaml.SafeLoader)
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise _Untouchable
    for name, value in root.value:
        if name.value == key:
            return name, value
    return None


def _span(node: yaml.Node, lines: list[str]) -> tuple[int, int]:
    """La primera y la última línea de un elemento de lista, sin los comentarios que lo siguen."""
    first = node.start_mark.line
    if not lines[first].lstrip(" ").startswith("- "):
        raise _Untouchable
    return first, max(first, _last_line(node))


def _last_line(node: yaml.Node) -> int:
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    # Una marca al principio de una línea señala la línea anterior.
    return int(node.end_mark.line) - (1 if node.end_mark.column == 0 else 0)


def _name(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "name":
                return str(value.value)
    return ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _render(item: Config, indent: int) -> list[str]:
    return [" " * indent + line for line in _lines(dump([item]))]  # type: ignore[arg-type]


def _scalar(text: str) -> str:
    return dump({"x": text}).removeprefix("x: ").rstrip("\n")
