FIELDS: dict[str, dict[int, str]] = {}
