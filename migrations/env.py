"""Alembic's entry: it is handed a connection by portal/migrating.py and takes part in its transaction."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=True, transactional_ddl=True)
context.run_migrations()
