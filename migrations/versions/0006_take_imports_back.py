"""Let an import be taken back, and outlive its file.

A run keeps the name of its file, the id under which its changes stand in the trail, and sealed the
personal values that it replaced, which the trail masks. Its files may be gone before it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEFORE = "'checking', 'checked', 'saving', 'saved', 'failed', 'discarded'"
runs = sa.table(
    "import_runs",
    sa.column("file_id", sa.Integer),
    sa.column("refused_file_id", sa.Integer),
    sa.column("file_name", sa.String),
    sa.column("state", sa.String),
)
stored = sa.table(
    "stored_files",
    sa.column("id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("purpose", sa.String),
)


def upgrade():
    with op.batch_alter_table("import_runs") as batch_op:
        batch_op.add_column(sa.Column("file_name", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("refused_file_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("request_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("replaced", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reversed_by_name", sa.String(length=120), nullable=True))
        batch_op.alter_column("file_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_foreign_key(
            op.f("fk_import_runs_refused_file_id_stored_files"),
            "stored_files",
            ["refused_file_id"],
            ["id"],
        )
    name = sa.select(stored.c.name).where(stored.c.id == runs.c.file_id).scalar_subquery()
    op.execute(sa.update(runs).values(file_name=name))
    op.execute(sa.update(runs).values(file_name="berkas").where(runs.c.file_name.is_(None)))
    _allow(f"{BEFORE}, 'reversed'", file_name_is_null=False)
    op.create_index("ix_audit_entries_request", "audit_entries", ["request_id"])


def downgrade():
    """What the former table cannot say is lost: runs without a file, the workbooks of refused rows,
    and that an import was taken back, which stands in the trail.
    """
    op.drop_index("ix_audit_entries_request", "audit_entries")
    op.execute(sa.update(runs).values(state="discarded").where(runs.c.state == "reversed"))
    op.execute(sa.delete(runs).where(runs.c.file_id.is_(None)))
    op.execute(sa.update(runs).values(refused_file_id=None))
    op.execute(sa.delete(stored).where(stored.c.purpose == "import.refused"))
    _allow(BEFORE, file_name_is_null=True)
    with op.batch_alter_table("import_runs") as batch_op:
        batch_op.alter_column("file_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_constraint(
            op.f("fk_import_runs_refused_file_id_stored_files"), type_="foreignkey"
        )
        for column in (
            "reversed_by_name",
            "reversed_at",
            "replaced",
            "request_id",
            "refused_file_id",
            "file_name",
        ):
            batch_op.drop_column(column)


def _allow(states, *, file_name_is_null):
    with op.batch_alter_table("import_runs") as batch_op:
        batch_op.drop_constraint(op.f("ck_import_runs_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_import_runs_state"), f"state IN ({states})")
        batch_op.alter_column(
            "file_name", existing_type=sa.String(length=200), nullable=file_name_is_null
        )
