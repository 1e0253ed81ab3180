"""Alembic's environment and the revisions; run in-process by `data.migrate`."""
