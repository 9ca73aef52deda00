"""Let an office write its own texts, choose its reminders, and send its coordinators a digest.

The guard: an edition of a text is never changed, a change is one more edition. A later step that
rebuilds this table on SQLite must make its triggers again (see 0002).
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

GUARDED = ("message_templates",)
SETTINGS = (
    ("reminders", sa.String(length=4), "7310"),
    ("remind_at", sa.Time(), "09:00:00"),
    ("digest_at", sa.Time(), "07:00:00"),
)


def upgrade():
    op.create_table(
        "message_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("short", sa.Text(), nullable=True),
        sa.Column("based_on", sa.String(length=64), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_message_templates_version_positive")),
        sa.CheckConstraint(
            "(subject IS NULL) = (body IS NULL)", name=op.f("ck_message_templates_whole")
        ),
        sa.CheckConstraint(
            "body IS NOT NULL OR short IS NULL", name=op.f("ck_message_templates_short_beside_body")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_message_templates_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_templates")),
        sa.UniqueConstraint(
            "office_id", "kind", "version", name=op.f("uq_message_templates_office_id_kind_version")
        ),
    )
    _guard()
    with op.batch_alter_table("offices", schema=None) as batch_op:
        for name, type_, value in SETTINGS:
            batch_op.add_column(sa.Column(name, type_, nullable=False, server_default=value))
    with op.batch_alter_table("offices", schema=None) as batch_op:
        for name, type_, _value in SETTINGS:
            batch_op.alter_column(name, existing_type=type_, server_default=None)
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("digest_on", sa.Date(), nullable=True))
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("daily_digest", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.alter_column("daily_digest", existing_type=sa.Boolean(), server_default=None)


def _guard():
    for table in GUARDED:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_guard_{verb} BEFORE {verb.upper()} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
            )


def downgrade():
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("daily_digest")
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.drop_column("digest_on")
        for name, _type, _value in reversed(SETTINGS):
            batch_op.drop_column(name)
    op.drop_table("message_templates")
