"""Give every printed number a row that stays, and keep the office's letters.

The guards: a series only counts upwards, an issued number is the one that its series has just
counted and follows the one before, and nothing of it changes but that it is cancelled. A later
step that rebuilds one of these tables on SQLite must make its triggers again (see 0002).
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEYS = ("office_id", "series", "year")
FIXED = (*KEYS, "number", "text", "purpose", "subject", "issued_at", "issued_by")


def upgrade():
    op.create_table(
        "issued_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=120), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(length=120), nullable=True),
        sa.Column("cancelled_reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_issued_numbers_number_positive")),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_reason IS NULL)",
            name=op.f("ck_issued_numbers_cancelled_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_issued_numbers_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_numbers")),
        sa.UniqueConstraint(
            "office_id", "series", "year", "number",
            name=op.f("uq_issued_numbers_office_id_series_year_number"),
        ),
        sa.UniqueConstraint("office_id", "text", name=op.f("uq_issued_numbers_office_id_text")),
    )  # fmt: skip
    op.create_table(
        "number_formats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("pattern", sa.String(length=80), nullable=False),
        sa.Column("classification", sa.String(length=20), nullable=True),
        sa.Column("unit", sa.String(length=30), nullable=True),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("last_before", sa.Integer(), nullable=False),
        sa.Column("last_before_year", sa.Integer(), nullable=False),
        sa.CheckConstraint("digits BETWEEN 1 AND 6", name=op.f("ck_number_formats_digits")),
        sa.CheckConstraint(
            "last_before BETWEEN 0 AND 99999", name=op.f("ck_number_formats_last_before")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_number_formats_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_formats")),
        sa.UniqueConstraint(
            "office_id", "series", name=op.f("uq_number_formats_office_id_series")
        ),
    )  # fmt: skip
    op.create_table(
        "letter_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("signatory_name", sa.String(length=120), nullable=False),
        sa.Column("signatory_title", sa.String(length=160), nullable=False),
        sa.Column("signatory_rank", sa.String(length=80), nullable=False),
        sa.Column("signatory_number", sa.String(length=18), nullable=False),
        sa.Column("acting_for", sa.String(length=160), nullable=True),
        sa.Column("character", sa.String(length=40), nullable=False),
        sa.Column("attachment", sa.String(length=80), nullable=True),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("opening", sa.String(length=800), nullable=False),
        sa.Column("closing", sa.String(length=500), nullable=False),
        sa.Column("copies_to", sa.String(length=600), nullable=True),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_letter_settings_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_settings")),
        sa.UniqueConstraint("office_id", name=op.f("uq_letter_settings_office_id")),
    )
    op.create_table(
        "invitation_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bundle_task_id", sa.Integer(), nullable=True),
        sa.Column("bundle_file_id", sa.Integer(), nullable=True),
        sa.Column("bundle_of", sa.JSON(), nullable=False),
        sa.Column("bundle_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_invitation_letters_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["bundle_file_id"], ["stored_files.id"],
            name=op.f("fk_invitation_letters_bundle_file_id_stored_files"),
        ),
        sa.ForeignKeyConstraint(
            ["bundle_task_id"], ["tasks.id"],
            name=op.f("fk_invitation_letters_bundle_task_id_tasks"),
        ),
        sa.ForeignKeyConstraint(
            ["number_id"], ["issued_numbers.id"],
            name=op.f("fk_invitation_letters_number_id_issued_numbers"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_invitation_letters_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_letters")),
        sa.UniqueConstraint("number_id", name=op.f("uq_invitation_letters_number_id")),
    )  # fmt: skip
    with op.batch_alter_table("invitation_letters", schema=None) as batch_op:
        batch_op.create_index(
            "uq_invitation_letters_standing",
            ["batch_id"],
            unique=True,
            sqlite_where=sa.text("cancelled_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_invitation_letters_office_id"), ["office_id"])
    op.create_table(
        "invitation_letter_copies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("addressee", sa.JSON(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"],
            name=op.f("fk_invitation_letter_copies_file_id_stored_files"),
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"],
            name=op.f("fk_invitation_letter_copies_invitation_id_invitations"),
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["invitation_letters.id"],
            name=op.f("fk_invitation_letter_copies_letter_id_invitation_letters"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"],
            name=op.f("fk_invitation_letter_copies_office_id_offices"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_letter_copies")),
        sa.UniqueConstraint(
            "letter_id", "token_hash", name=op.f("uq_invitation_letter_copies_letter_id_token_hash")
        ),
    )  # fmt: skip
    with op.batch_alter_table("invitation_letter_copies", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_invitation_letter_copies_invitation_id"), ["invitation_id"]
        )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _same_series(row: str) -> str:
    return " AND ".join(f"{key} = {row}.{key}" for key in KEYS)


def _differs(columns, operator: str) -> str:
    return " OR ".join(f"NEW.{column} {operator} OLD.{column}" for column in columns)


# True for a number that its series has not just counted, or that does not follow the one before.
OUT_OF_SEQUENCE = (
    f"NOT EXISTS (SELECT 1 FROM number_registers WHERE {_same_series('NEW')}"
    " AND last = NEW.number)"
    f" OR EXISTS (SELECT 1 FROM issued_numbers WHERE {_same_series('NEW')}"
    " AND number >= NEW.number)"
    f" OR (EXISTS (SELECT 1 FROM issued_numbers WHERE {_same_series('NEW')})"
    f" AND NOT EXISTS (SELECT 1 FROM issued_numbers WHERE {_same_series('NEW')}"
    " AND number = NEW.number - 1))"
)


def _guard_sqlite():
    steps_back = f"NEW.last <= OLD.last OR {_differs(KEYS, 'IS NOT')}"
    no_cancellation = (
        "OLD.cancelled_at IS NOT NULL OR NEW.cancelled_at IS NULL OR NEW.id IS NOT OLD.id"
        f" OR {_differs(FIXED, 'IS NOT')}"
    )
    for table, kept in (("number_registers", steps_back), ("issued_numbers", no_cancellation)):
        op.execute(
            f"CREATE TRIGGER {table}_guard_update BEFORE UPDATE ON {table} WHEN {kept}"
            f" BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_guard_delete BEFORE DELETE ON {table}"
            f" BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
        )
    op.execute(
        f"CREATE TRIGGER issued_numbers_guard_insert BEFORE INSERT ON issued_numbers"
        f" WHEN {OUT_OF_SEQUENCE}"
        " BEGIN SELECT RAISE(ABORT, 'out of sequence: issued_numbers'); END"
    )


def _guard_postgresql():
    steps_back = f"NEW.last <= OLD.last OR {_differs(KEYS, 'IS DISTINCT FROM')}"
    no_cancellation = (
        "OLD.cancelled_at IS NOT NULL OR NEW.cancelled_at IS NULL OR NEW.id <> OLD.id"
        f" OR {_differs(FIXED, 'IS DISTINCT FROM')}"
    )
    op.execute(
        "CREATE FUNCTION refuse_out_of_sequence() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF {OUT_OF_SEQUENCE} THEN"
        " RAISE EXCEPTION 'out of sequence: %', TG_TABLE_NAME; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER issued_numbers_guard_insert BEFORE INSERT ON issued_numbers"
        " FOR EACH ROW EXECUTE FUNCTION refuse_out_of_sequence()"
    )
    for table, kept in (("number_registers", steps_back), ("issued_numbers", no_cancellation)):
        op.execute(
            f"CREATE TRIGGER {table}_guard_update BEFORE UPDATE ON {table} FOR EACH ROW"
            f" WHEN ({kept}) EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_guard_delete BEFORE DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade():
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    triggers = [("issued_numbers", "insert")] + [
        (table, verb)
        for table in ("issued_numbers", "number_registers")
        for verb in ("update", "delete")
    ]
    for table, verb in triggers:
        op.execute(f"DROP TRIGGER {table}_guard_{verb}" + (f" ON {table}" if is_postgresql else ""))
    if is_postgresql:
        op.execute("DROP FUNCTION refuse_out_of_sequence()")
    op.drop_table("invitation_letter_copies")
    op.drop_table("invitation_letters")
    op.drop_table("letter_settings")
    op.drop_table("number_formats")
    op.drop_table("issued_numbers")
