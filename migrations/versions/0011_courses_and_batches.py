"""Give courses a pattern, batches their room and their limits, sessions their trainer, offices their holidays.

Until now a trainer and a venue were words on a session and a batch. Each spelling that reads the
same becomes one row, called as it was typed first; the words stay where they were, for they are
what sheets and letters of past batches print.
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PLACES = {  # check constraints that a course and a batch share
    "spare_places": "spare_places >= 0",
    "waiting_places": "waiting_places >= 0",
    "minimum_people": "minimum_people > 0",
    "pass_attendance": "pass_attendance_percent BETWEEN 0 AND 100",
    "pass_test": "pass_test_score BETWEEN 0 AND 100",
}
ZONES = "time_zone IN ('WIB', 'WITA', 'WIT')"


def match_key(text: str) -> str:
    """As core.text has it when this is written: letters and digits, folded."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", folded).split())


def upgrade():
    _make_tables()
    _widen()
    _bring_venues()
    _bring_trainers()


def _make_tables():
    op.create_table(
        "holidays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_holidays_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holidays")),
        sa.UniqueConstraint("office_id", "day", name=op.f("uq_holidays_office_id_day")),
    )
    op.create_table(
        "trainers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("organisation", sa.String(length=160), nullable=True),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_trainers_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainers")),
        sa.UniqueConstraint("office_id", "name_key", name=op.f("uq_trainers_office_id_name_key")),
    )
    op.create_index(op.f("ix_trainers_office_id"), "trainers", ["office_id"])
    op.create_table(
        "venues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("name_key", sa.String(length=160), nullable=False),
        sa.Column("address", sa.String(length=240), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("time_zone", sa.String(length=4), nullable=False),
        sa.CheckConstraint(ZONES, name=op.f("ck_venues_time_zone")),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_venues_capacity_positive")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_venues_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venues")),
        sa.UniqueConstraint("office_id", "name_key", name=op.f("uq_venues_office_id_name_key")),
    )
    op.create_index(op.f("ix_venues_office_id"), "venues", ["office_id"])
    op.create_table(
        "pattern_blocks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("day_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("topic", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('teaching', 'opening', 'break')", name=op.f("ck_pattern_blocks_kind")
        ),
        sa.CheckConstraint("day_number > 0", name=op.f("ck_pattern_blocks_day_positive")),
        sa.CheckConstraint("position > 0", name=op.f("ck_pattern_blocks_position_positive")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_pattern_blocks_course_id_courses")
        ),
        sa.ForeignKeyConstraint(
            ["trainer_id"], ["trainers.id"], name=op.f("fk_pattern_blocks_trainer_id_trainers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pattern_blocks")),
        sa.UniqueConstraint(
            "course_id",
            "day_number",
            "position",
            name=op.f("uq_pattern_blocks_course_id_day_number_position"),
        ),
    )
    op.create_index(op.f("ix_pattern_blocks_course_id"), "pattern_blocks", ["course_id"])
    op.create_index(op.f("ix_pattern_blocks_trainer_id"), "pattern_blocks", ["trainer_id"])


def _places() -> list[sa.Column]:
    return [
        sa.Column("spare_places", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting_places", sa.Integer(), nullable=True),
        sa.Column("minimum_people", sa.Integer(), nullable=True),
        sa.Column("pass_attendance_percent", sa.Integer(), server_default="80", nullable=False),
        sa.Column("pass_test_score", sa.Integer(), nullable=True),
    ]


def _add(table: str, columns: list[sa.Column], checks: dict[str, str]) -> None:
    """Add, then take the default away that was only there for the rows of before."""
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.add_column(column)
        for name, condition in checks.items():
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)
    with op.batch_alter_table(table) as batch:
        for column in columns:
            if column.server_default is not None:
                batch.alter_column(column.name, existing_type=column.type, server_default=None)


def _widen():
    _add(
        "offices",
        [sa.Column("working_days", sa.String(length=7), server_default="12345", nullable=False)],
        {"working_days": "length(working_days) BETWEEN 1 AND 7"},
    )
    _add(
        "courses",
        [
            sa.Column("seats", sa.Integer(), server_default="30", nullable=False),
            sa.Column("people_per_cooperative", sa.Integer(), server_default="2", nullable=False),
            *_places(),
            sa.Column("room_needs", sa.String(length=300), nullable=True),
            sa.Column("documents", sa.JSON(none_as_null=True), server_default="[]", nullable=False),
        ],
        {
            "seats_positive": "seats > 0",
            "people_positive": "people_per_cooperative > 0",
            **PLACES,
        },
    )
    _add(
        "batches",
        [
            *_places(),
            sa.Column("decide_on", sa.Date(), nullable=True),
            sa.Column("breaks", sa.JSON(none_as_null=True), server_default="[]", nullable=False),
            sa.Column("moves", sa.Integer(), server_default="0", nullable=False),
            sa.Column("venue_id", sa.Integer(), nullable=True),
        ],
        PLACES,
    )
    with op.batch_alter_table("batches") as batch:
        batch.create_foreign_key(op.f("fk_batches_venue_id_venues"), "venues", ["venue_id"], ["id"])
        batch.create_index(op.f("ix_batches_venue_id"), ["venue_id"])
    with op.batch_alter_table("training_sessions") as batch:
        batch.add_column(sa.Column("trainer_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("clash_reason", sa.String(length=300), nullable=True))
        batch.create_foreign_key(
            op.f("fk_training_sessions_trainer_id_trainers"), "trainers", ["trainer_id"], ["id"]
        )
        batch.create_index(op.f("ix_training_sessions_trainer_id"), ["trainer_id"])


def _bring_venues():
    connection = op.get_bind()
    venues = sa.table(
        "venues",
        *map(sa.column, ("id", "office_id", "name", "name_key", "address", "time_zone")),
    )
    there: dict[tuple[int, str], int] = {}
    rows = connection.execute(
        sa.text("SELECT id, office_id, venue, venue_address, time_zone FROM batches ORDER BY id")
    ).all()
    for row in rows:
        key = (row.office_id, match_key(row.venue))
        if key not in there:
            values = {
                "office_id": row.office_id,
                "name": row.venue,
                "name_key": key[1],
                "address": row.venue_address,
                "time_zone": row.time_zone,
            }
            there[key] = connection.scalar(sa.insert(venues).values(values).returning(venues.c.id))
        elif row.venue_address:
            connection.execute(
                sa.text("UPDATE venues SET address = :address WHERE id = :id AND address IS NULL"),
                {"address": row.venue_address, "id": there[key]},
            )
        connection.execute(
            sa.text("UPDATE batches SET venue_id = :venue WHERE id = :id"),
            {"venue": there[key], "id": row.id},
        )


def _bring_trainers():
    connection = op.get_bind()
    trainers = sa.table("trainers", *map(sa.column, ("id", "office_id", "name", "name_key")))
    there: dict[tuple[int, str], int] = {}
    rows = connection.execute(
        sa.text(
            "SELECT s.id, b.office_id, s.trainer_name FROM training_sessions s"
            " JOIN batches b ON b.id = s.batch_id WHERE s.trainer_name IS NOT NULL ORDER BY s.id"
        )
    ).all()
    for row in rows:
        key = (row.office_id, match_key(row.trainer_name))
        if not key[1]:
            continue  # a dash, not a name
        if key not in there:
            values = {"office_id": row.office_id, "name": row.trainer_name, "name_key": key[1]}
            there[key] = connection.scalar(
                sa.insert(trainers).values(values).returning(trainers.c.id)
            )
        connection.execute(
            sa.text("UPDATE training_sessions SET trainer_id = :trainer WHERE id = :id"),
            {"trainer": there[key], "id": row.id},
        )


def downgrade():
    with op.batch_alter_table("training_sessions") as batch:
        batch.drop_index(op.f("ix_training_sessions_trainer_id"))
        batch.drop_constraint(op.f("fk_training_sessions_trainer_id_trainers"), type_="foreignkey")
        batch.drop_column("clash_reason")
        batch.drop_column("trainer_id")
    with op.batch_alter_table("batches") as batch:
        batch.drop_index(op.f("ix_batches_venue_id"))
        batch.drop_constraint(op.f("fk_batches_venue_id_venues"), type_="foreignkey")
    _drop(
        "batches",
        [column.name for column in _places()] + ["decide_on", "breaks", "moves", "venue_id"],
        PLACES,
    )
    _drop(
        "courses",
        [
            "seats",
            "people_per_cooperative",
            *(column.name for column in _places()),
            "room_needs",
            "documents",
        ],
        ("seats_positive", "people_positive", *PLACES),
    )
    _drop("offices", ["working_days"], ("working_days",))
    for table in ("pattern_blocks", "venues", "trainers", "holidays"):
        op.drop_table(table)


def _drop(table: str, columns: list[str], checks) -> None:
    with op.batch_alter_table(table) as batch:
        for name in checks:
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        for column in columns:
            batch.drop_column(column)
