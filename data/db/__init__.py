"""The one way to the database: `Database` and the contract of its writes and reads.

Whoever stores or fetches hands over a plain function of a SQLAlchemy connection. Where it runs, when it is retried and
what a person is told when it cannot run is decided in this package and nowhere else. It knows no table and no feature.
"""

from data.db.database import Database

__all__ = ["Database"]
