"""Facts, sealed parts of people, and keys."""

import sqlalchemy as sa
from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part, schema in context.config.attributes["schemas"].items():
        PARTS[part](schema)


def downgrade() -> None:
    raise NotImplementedError("Facts are never thrown away; restore the copy made before the migration.")


def by_bytes() -> sa.Text:
    return sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def facts(schema: str | None) -> None:
    op.create_table(
        "companies",
        sa.Column("company_id", sa.Text, primary_key=True),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("last_sealed_seq", sa.BigInteger, nullable=False),
        schema=schema,
    )
    op.create_table(
        "facts",
        sa.Column("company_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("fact_id", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", by_bytes(), nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("facts_once", "facts", ["company_id", "fact_id"], unique=True, schema=schema)
    op.create_index("facts_by_key", "facts", ["company_id", "kind", "key", "seq"], schema=schema)


def people(schema: str | None) -> None:
    op.create_table(
        "people",
        sa.Column("company_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("fact_id", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", by_bytes(), nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("people_once", "people", ["company_id", "fact_id", "digest"], unique=True, schema=schema)
    op.create_index("people_by_key", "people", ["company_id", "kind", "key", "person_id", "seq"], schema=schema)


def keys(schema: str | None) -> None:
    op.create_table(
        "keys",
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        schema=schema,
    )
    op.create_index("keys_once", "keys", ["company_id", "person_id"], unique=True, schema=schema)


PARTS = {"facts": facts, "people": people, "keys": keys}
