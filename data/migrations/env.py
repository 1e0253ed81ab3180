"""What Alembic runs for each command: hands it the open connection that `data.migrate` put into the configuration.

There is no offline mode and no second way to name a database here.
"""

from alembic import context

from data.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite alters most things only by building the table anew.
    render_as_batch=True,
    # On both databases a revision is applied as a whole or not at all; `data.migrate` holds the transaction.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
