"""What Alembic runs to migrate: on the connection, and for the parts, that `migrations.upgrade` hands over."""

from alembic import context


def run() -> None:
    """Run the migrations in the caller's transaction, which also holds the lock."""
    given = context.config.attributes
    schema = next(iter(given["schemas"].values()))
    context.configure(connection=given["connection"], version_table_schema=schema)
    context.run_migrations()


# Alembic loads this file under that name; anybody else who imports it only wants to read.
if __name__ == "env_py":
    run()
