"""Column types that behave the same on SQLite and PostgreSQL.

They translate between what the code holds and what each database stores; they know no table and no rule.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant: aware in, aware UTC out.

    SQLite keeps naive UTC as text of fixed width, which sorts as time does; PostgreSQL keeps `timestamptz`. A naive
    datetime is refused with `ValueError`, because nobody could tell which zone it meant.
    """

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Choose what the database itself stores."""
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Turn an aware datetime into what the database stores."""
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError("a datetime without a zone cannot be stored")
        in_utc = value.astimezone(dt.UTC)
        return in_utc if dialect.name == "postgresql" else in_utc.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Turn what the database stored into an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
