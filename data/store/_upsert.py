"""`INSERT … ON CONFLICT DO UPDATE` in the dialect of the connection at hand."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


class Upsert:
    """One insert-or-update, built once for both dialects and executed with the right one."""

    def __init__(
        self, table: sa.Table, *, key: Iterable[str], update: Iterable[str], returning: Iterable[sa.Column[Any]] = ()
    ) -> None:
        key, update, returning = list(key), list(update), list(returning)
        self._by_dialect: dict[str, Any] = {}
        for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert)):
            statement = insert(table)
            excluded = {column: statement.excluded[column] for column in update}
            if excluded:
                statement = statement.on_conflict_do_update(index_elements=key, set_=excluded)
            else:
                statement = statement.on_conflict_do_nothing(index_elements=key)
            self._by_dialect[name] = statement.returning(*returning) if returning else statement

    def __call__(self, tx: sa.Connection, values: dict[str, Any]) -> sa.CursorResult[Any]:
        """Execute with `values` for the columns."""
        return tx.execute(self._by_dialect[tx.dialect.name], values)
