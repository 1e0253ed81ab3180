"""Statements of the busiest paths, compiled once.

SQLAlchemy spends several times as long on finding and preparing a statement as SQLite needs to run it. A `Prepared`
statement is written in SQLAlchemy Core like any other; on the writer's SQLite connection its compiled text is handed to
the driver directly, everywhere else it is executed as usual. The tests run both ways.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

DIRECT_DRIVER = "pysqlite"
Convert = Callable[[Any], Any] | None


class Prepared:
    """One statement, for both dialects; returns rows as plain tuples. Its result columns need no conversion."""

    def __init__(self, statement: Any, for_postgresql: Any = None) -> None:
        self._statement = statement
        self._for_postgresql = statement if for_postgresql is None else for_postgresql
        self._sql = ""
        self._binds: list[tuple[str, Convert]] = []

    def __call__(self, tx: sa.Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Execute with `values` by bind name."""
        dialect = tx.dialect
        if dialect.driver != DIRECT_DRIVER:
            statement = self._for_postgresql if dialect.name == "postgresql" else self._statement
            result = tx.execute(statement, values)
            return result.all() if result.returns_rows else ()
        if not self._sql:
            self._compile(dialect, list(values))
        given = [values[name] if convert is None else convert(values[name]) for name, convert in self._binds]
        connection: Any = tx.connection.dbapi_connection
        rows: list[tuple[Any, ...]] = connection.execute(self._sql, given).fetchall()
        return rows

    def _compile(self, dialect: sa.Dialect, names: list[str]) -> None:
        compiled = self._statement.compile(dialect=dialect, column_keys=names)
        self._binds = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup
        ]
        self._sql = str(compiled)


def upsert(
    table: sa.Table, *, key: Iterable[str], update: Iterable[str], returning: Iterable[sa.Column[Any]] = ()
) -> Prepared:
    """Prepare `INSERT … ON CONFLICT DO UPDATE`, or DO NOTHING without `update`.

    Its first call decides for which columns values are given; each later call gives the same ones.
    """
    key, update, returning = list(key), list(update), list(returning)
    statements = []
    for insert in (sqlite.insert, postgresql.insert):
        statement = insert(table)
        excluded = {column: statement.excluded[column] for column in update}
        if excluded:
            statement = statement.on_conflict_do_update(index_elements=key, set_=excluded)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=key)
        statements.append(statement.returning(*returning) if returning else statement)
    return Prepared(*statements)
