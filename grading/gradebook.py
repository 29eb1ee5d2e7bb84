"""El gradebook de un curso nuevo.

nbgrader averigua la versión de su esquema llamando al programa `alembic`, que ha de estar en el PATH y tarda lo suyo.
Aquí se apunta esa misma versión leyéndola en este proceso; con la tabla ya puesta, nbgrader crea el resto sin llamarlo.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.dbutil import ALEMBIC_DIR

SQLITE = "sqlite:///"


def prepare(course: CourseDirectory) -> None:
    """Deja apuntada la versión del esquema si el gradebook del curso no existe todavía."""
    if not course.db_url.startswith(SQLITE):
        return  # una base de datos que ha puesto el profesor: es suya
    path = Path(course.db_url.removeprefix(SQLITE))
    if path.exists() and path.stat().st_size:
        return
    from alembic.script import ScriptDirectory  # 0,2 s, y solo al crear un curso

    head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES (?)", (head,))
