"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "assessment_schemes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_schemes")),
        sa.UniqueConstraint("code", name=op.f("uq_assessment_schemes_code")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=6), nullable=False),
        sa.Column("object_type", sa.String(length=60), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "action IN ('insert', 'update', 'delete')", name=op.f("ck_audit_entries_action")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entries_object", ["object_type", "object_id"], unique=False)
        batch_op.create_index("ix_audit_entries_office_at", ["office_id", "at"], unique=False)

    op.create_table(
        "job_heartbeats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_heartbeats")),
        sa.UniqueConstraint("name", name=op.f("uq_job_heartbeats_name")),
    )
    op.create_table(
        "number_registers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_registers")),
        sa.UniqueConstraint(
            "office_id", "series", "year", name=op.f("uq_number_registers_office_id_series_year")
        ),
    )
    op.create_table(
        "offices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("region_name", sa.String(length=80), nullable=False),
        sa.Column("time_zone", sa.String(length=4), nullable=False),
        sa.Column("minutes_per_lesson_hour", sa.Integer(), nullable=False),
        sa.Column("late_grace_minutes", sa.Integer(), nullable=False),
        sa.Column("government_name", sa.String(length=120), nullable=True),
        sa.Column("address", sa.String(length=240), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("contact_name", sa.String(length=120), nullable=True),
        sa.Column("contact_phone", sa.String(length=20), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "time_zone IN ('WIB', 'WITA', 'WIT')", name=op.f("ck_offices_time_zone")
        ),
        sa.CheckConstraint(
            "late_grace_minutes BETWEEN 0 AND 120", name=op.f("ck_offices_late_grace")
        ),
        sa.CheckConstraint("length(code) IN (2, 4)", name=op.f("ck_offices_code_length")),
        sa.CheckConstraint(
            "minutes_per_lesson_hour BETWEEN 30 AND 90", name=op.f("ck_offices_lesson_hour")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["offices.id"], name=op.f("fk_offices_parent_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offices")),
        sa.UniqueConstraint("code", name=op.f("uq_offices_code")),
    )
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offices_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("recipient_name", sa.String(length=160), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "channel IN ('email', 'whatsapp')", name=op.f("ck_outbox_messages_channel")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_messages_dedupe_key")),
    )
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_messages_due", ["channel", "sent_at", "due_at"], unique=False
        )

    op.create_table(
        "sign_in_throttles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_throttles")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sign_in_throttles_key_hash")),
    )
    op.create_table(
        "stored_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
    )
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_files_sha256"), ["sha256"], unique=False)

    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("user_name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_tasks_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index("ix_tasks_state", ["state", "created_at"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL", name=op.f("ck_users_reachable")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("phone", name=op.f("uq_users_phone")),
    )
    op.create_table(
        "assessment_bands",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("health_status", sa.String(length=26), nullable=False),
        sa.Column("minimum", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.CheckConstraint(
            "health_status IN ('healthy', 'fairly_healthy', 'under_supervision', 'under_special_supervision')",
            name=op.f("ck_assessment_bands_health_status"),
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"],
            ["assessment_schemes.id"],
            name=op.f("fk_assessment_bands_scheme_id_assessment_schemes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_bands")),
        sa.UniqueConstraint(
            "scheme_id", "health_status", name=op.f("uq_assessment_bands_scheme_id_health_status")
        ),
    )
    op.create_table(
        "cooperatives",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_number", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("legal_number", sa.String(length=80), nullable=True),
        sa.Column("legal_date", sa.Date(), nullable=True),
        sa.Column("amendment_number", sa.String(length=80), nullable=True),
        sa.Column("amendment_date", sa.Date(), nullable=True),
        sa.Column("last_meeting_on", sa.Date(), nullable=True),
        sa.Column("address", sa.String(length=240), nullable=True),
        sa.Column("village", sa.String(length=80), nullable=True),
        sa.Column("district", sa.String(length=80), nullable=True),
        sa.Column("regency", sa.String(length=80), nullable=True),
        sa.Column("province", sa.String(length=80), nullable=True),
        sa.Column("region_code", sa.String(length=10), nullable=True),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("membership_scope", sa.String(length=10), nullable=False),
        sa.Column("cooperative_type", sa.String(length=20), nullable=False),
        sa.Column("group_name", sa.String(length=80), nullable=True),
        sa.Column("sector", sa.String(length=80), nullable=True),
        sa.Column("is_sharia", sa.Boolean(), nullable=False),
        sa.Column("is_certified", sa.Boolean(), nullable=False),
        sa.Column("certificate_valid_until", sa.Date(), nullable=True),
        sa.Column("grade", sa.String(length=4), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("activity_status", sa.String(length=12), nullable=False),
        sa.Column("activity_status_on", sa.Date(), nullable=True),
        sa.Column("activity_source", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "activity_source IN ('office', 'ods', 'simkopdes', 'survey')",
            name=op.f("ck_cooperatives_activity_source"),
        ),
        sa.CheckConstraint(
            "activity_status IN ('active', 'inactive', 'dissolving', 'dissolved', 'unverified')",
            name=op.f("ck_cooperatives_activity_status"),
        ),
        sa.CheckConstraint(
            "cooperative_type IN ('producer', 'consumer', 'marketing', 'service', 'savings_and_loan', 'multi_purpose')",
            name=op.f("ck_cooperatives_cooperative_type"),
        ),
        sa.CheckConstraint("form IN ('primary', 'secondary')", name=op.f("ck_cooperatives_form")),
        sa.CheckConstraint(
            "membership_scope IN ('regency', 'province', 'national')",
            name=op.f("ck_cooperatives_membership_scope"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_cooperatives_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperatives")),
        sa.UniqueConstraint("cooperative_number", name=op.f("uq_cooperatives_cooperative_number")),
    )
    with op.batch_alter_table("cooperatives", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cooperatives_district"), ["district"], unique=False)
        batch_op.create_index(batch_op.f("ix_cooperatives_office_id"), ["office_id"], unique=False)
        batch_op.create_index(
            "ix_cooperatives_office_name", ["office_id", "name_key"], unique=False
        )

    op.create_table(
        "courses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("activity_type", sa.String(length=12), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=True),
        sa.Column("audience", sa.String(length=240), nullable=True),
        sa.Column("bring", sa.String(length=240), nullable=True),
        sa.Column("needs_citizen_number", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "activity_type IN ('diklat', 'bimtek', 'sosialisasi', 'lokakarya', 'magang')",
            name=op.f("ck_courses_activity_type"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_courses_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("office_id", "name", name=op.f("uq_courses_office_id_name")),
    )
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_courses_office_id"), ["office_id"], unique=False)

    op.create_table(
        "import_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_by_name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('checking', 'checked', 'saving', 'saved', 'failed', 'discarded')",
            name=op.f("ck_import_runs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_import_runs_file_id_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_import_runs_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("fk_import_runs_task_id_tasks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    with op.batch_alter_table("import_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_runs_office_id"), ["office_id"], unique=False)

    op.create_table(
        "login_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("remember", sa.Boolean(), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_login_sessions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_sessions_token_hash")),
    )
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "password_resets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_password_resets_made_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_password_resets_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_resets")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_resets_token_hash")),
    )
    with op.batch_alter_table("password_resets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_resets_user_id"), ["user_id"], unique=False)

    op.create_table(
        "persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("sex", sa.String(length=6), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("citizen_number", sa.LargeBinary(), nullable=True),
        sa.Column("citizen_number_index", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sex IN ('male', 'female')", name=op.f("ck_persons_sex")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_persons_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint(
            "office_id",
            "citizen_number_index",
            name=op.f("uq_persons_office_id_citizen_number_index"),
        ),
    )
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_persons_office_id"), ["office_id"], unique=False)

    op.create_table(
        "programmes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("goal", sa.String(length=500), nullable=True),
        sa.Column("funding_source", sa.String(length=10), nullable=False),
        sa.Column("budget_code", sa.String(length=60), nullable=True),
        sa.Column("target_statuses", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "funding_source IN ('apbd', 'dak', 'dekon', 'self', 'other')",
            name=op.f("ck_programmes_funding_source"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_programmes_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint(
            "office_id", "year", "name", name=op.f("uq_programmes_office_id_year_name")
        ),
    )
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_programmes_office_id"), ["office_id"], unique=False)

    op.create_table(
        "activity_statuses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=240), nullable=True),
        sa.CheckConstraint(
            "source IN ('office', 'ods', 'simkopdes', 'survey')",
            name=op.f("ck_activity_statuses_source"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'inactive', 'dissolving', 'dissolved', 'unverified')",
            name=op.f("ck_activity_statuses_status"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_activity_statuses_cooperative_id_cooperatives"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_statuses")),
    )
    with op.batch_alter_table("activity_statuses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_activity_statuses_cooperative_id"), ["cooperative_id"], unique=False
        )

    op.create_table(
        "annual_meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("members_present", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "held_on IS NOT NULL OR reported_on IS NOT NULL", name=op.f("ck_annual_meetings_dated")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_annual_meetings_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_annual_meetings_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annual_meetings")),
        sa.UniqueConstraint(
            "cooperative_id",
            "fiscal_year",
            name=op.f("uq_annual_meetings_cooperative_id_fiscal_year"),
        ),
    )
    with op.batch_alter_table("annual_meetings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_annual_meetings_cooperative_id"), ["cooperative_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_annual_meetings_office_id"), ["office_id"], unique=False
        )

    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("people_per_cooperative", sa.Integer(), nullable=False),
        sa.Column("venue", sa.String(length=160), nullable=False),
        sa.Column("venue_address", sa.String(length=240), nullable=True),
        sa.Column("time_zone", sa.String(length=4), nullable=False),
        sa.Column("registration_opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registration_closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=True),
        sa.Column("contact_phone", sa.String(length=20), nullable=True),
        sa.Column("selection_basis", sa.String(length=20), nullable=True),
        sa.Column("cancelled_reason", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'closed', 'cancelled')", name=op.f("ck_batches_state")
        ),
        sa.CheckConstraint(
            "time_zone IN ('WIB', 'WITA', 'WIT')", name=op.f("ck_batches_time_zone")
        ),
        sa.CheckConstraint("people_per_cooperative > 0", name=op.f("ck_batches_people_positive")),
        sa.CheckConstraint(
            "registration_opens_at < registration_closes_at", name=op.f("ck_batches_window")
        ),
        sa.CheckConstraint("seats > 0", name=op.f("ck_batches_seats_positive")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_batches_course_id_courses")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_batches_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_batches_programme_id_programmes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint(
            "programme_id",
            "course_id",
            "number",
            name=op.f("uq_batches_programme_id_course_id_number"),
        ),
    )
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batches_course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batches_office_id"), ["office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batches_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "health_assessments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("position_on", sa.Date(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("health_status", sa.String(length=26), nullable=False),
        sa.Column("mismatch_reason", sa.String(length=300), nullable=True),
        sa.Column("assessor_name", sa.String(length=120), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("replacement_reason", sa.String(length=300), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "health_status IN ('healthy', 'fairly_healthy', 'under_supervision', 'under_special_supervision')",
            name=op.f("ck_health_assessments_health_status"),
        ),
        sa.CheckConstraint(
            "score BETWEEN 0 AND 100", name=op.f("ck_health_assessments_score_range")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_health_assessments_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_health_assessments_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["health_assessments.id"],
            name=op.f("fk_health_assessments_replaces_id_health_assessments"),
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"],
            ["assessment_schemes.id"],
            name=op.f("fk_health_assessments_scheme_id_assessment_schemes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_assessments")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_health_assessments_replaces_id")),
    )
    with op.batch_alter_table("health_assessments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_health_assessments_cooperative", ["cooperative_id", "position_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_health_assessments_office_id"), ["office_id"], unique=False
        )

    op.create_table(
        "memberships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("cooperative_id", sa.Integer(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'platform_admin' AND office_id IS NULL AND cooperative_id IS NULL) OR (role = 'manager' AND cooperative_id IS NOT NULL) OR (role NOT IN ('platform_admin', 'manager') AND office_id IS NOT NULL AND cooperative_id IS NULL)",
            name=op.f("ck_memberships_place"),
        ),
        sa.CheckConstraint(
            "role IN ('platform_admin', 'office_admin', 'coordinator', 'door_staff', 'mentor', 'assessor', 'head', 'auditor', 'manager')",
            name=op.f("ck_memberships_role"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_memberships_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_memberships_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_memberships_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_memberships_cooperative_id"), ["cooperative_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_memberships_office_id"), ["office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_memberships_manager",
            ["user_id", "cooperative_id"],
            unique=True,
            sqlite_where=sa.text("role = 'manager'"),
            postgresql_where=sa.text("role = 'manager'"),
        )
        batch_op.create_index(
            "uq_memberships_office_role",
            ["user_id", "role", "office_id"],
            unique=True,
            sqlite_where=sa.text("role NOT IN ('platform_admin', 'manager')"),
            postgresql_where=sa.text("role NOT IN ('platform_admin', 'manager')"),
        )
        batch_op.create_index(
            "uq_memberships_platform_admin",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("role = 'platform_admin'"),
            postgresql_where=sa.text("role = 'platform_admin'"),
        )

    op.create_table(
        "mentoring_assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("letter_number", sa.String(length=80), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("conflict_reason", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on <= ends_on", name=op.f("ck_mentoring_assignments_period")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_mentoring_assignments_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["users.id"], name=op.f("fk_mentoring_assignments_mentor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_mentoring_assignments_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_mentoring_assignments_programme_id_programmes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_assignments")),
        sa.UniqueConstraint(
            "mentor_id",
            "cooperative_id",
            "starts_on",
            name=op.f("uq_mentoring_assignments_mentor_id_cooperative_id_starts_on"),
        ),
    )
    with op.batch_alter_table("mentoring_assignments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mentoring_assignments_cooperative_id"), ["cooperative_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_mentoring_assignments_mentor_id"), ["mentor_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_mentoring_assignments_office_id"), ["office_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_mentoring_assignments_programme_id"), ["programme_id"], unique=False
        )

    op.create_table(
        "mentoring_visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(length=4), nullable=False),
        sa.Column("purpose", sa.String(length=240), nullable=True),
        sa.Column("cancelled_reason", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mode IN ('visit', 'online', 'phone', 'at_office')",
            name=op.f("ck_mentoring_visits_mode"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'held', 'cancelled')", name=op.f("ck_mentoring_visits_state")
        ),
        sa.CheckConstraint(
            "time_zone IN ('WIB', 'WITA', 'WIT')", name=op.f("ck_mentoring_visits_time_zone")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_mentoring_visits_order")),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_mentoring_visits_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["users.id"], name=op.f("fk_mentoring_visits_mentor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_mentoring_visits_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_mentoring_visits_programme_id_programmes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_visits")),
    )
    with op.batch_alter_table("mentoring_visits", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mentoring_visits_cooperative_id"), ["cooperative_id"], unique=False
        )
        batch_op.create_index(
            "ix_mentoring_visits_mentor", ["mentor_id", "starts_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_mentoring_visits_office_id"), ["office_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_mentoring_visits_programme_id"), ["programme_id"], unique=False
        )

    op.create_table(
        "officers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "position IN ('chair', 'vice_chair', 'secretary', 'treasurer', 'supervisor_chair', 'supervisor', 'sharia_board', 'manager', 'employee', 'member')",
            name=op.f("ck_officers_position"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_officers_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_officers_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
        sa.UniqueConstraint(
            "cooperative_id",
            "person_id",
            "position",
            name=op.f("uq_officers_cooperative_id_person_id_position"),
        ),
    )
    with op.batch_alter_table("officers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_officers_cooperative_id"), ["cooperative_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_officers_person_id"), ["person_id"], unique=False)

    op.create_table(
        "past_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("activity", sa.String(length=160), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("lesson_hours", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("mentor_name", sa.String(length=120), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('training', 'visit')", name=op.f("ck_past_contacts_kind")),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_past_contacts_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_past_contacts_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_contacts")),
        sa.UniqueConstraint(
            "cooperative_id",
            "kind",
            "activity",
            "held_on",
            "mentor_name",
            name=op.f("uq_past_contacts_cooperative_id_kind_activity_held_on_mentor_name"),
        ),
    )
    with op.batch_alter_table("past_contacts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_past_contacts_activity", ["office_id", "kind", "activity"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_past_contacts_cooperative_id"), ["cooperative_id"], unique=False
        )

    op.create_table(
        "user_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("membership_ends_on", sa.Date(), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('platform_admin', 'office_admin', 'coordinator', 'door_staff', 'mentor', 'assessor', 'head', 'auditor', 'manager')",
            name=op.f("ck_user_invitations_role"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_user_invitations_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["users.id"], name=op.f("fk_user_invitations_invited_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_user_invitations_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_invitations_token_hash")),
    )
    with op.batch_alter_table("user_invitations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_user_invitations_office_id"), ["office_id"], unique=False
        )

    op.create_table(
        "yearly_figures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("male_members", sa.Integer(), nullable=True),
        sa.Column("female_members", sa.Integer(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("managers", sa.Integer(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("own_capital", sa.BigInteger(), nullable=True),
        sa.Column("external_capital", sa.BigInteger(), nullable=True),
        sa.Column("assets", sa.BigInteger(), nullable=True),
        sa.Column("business_volume", sa.BigInteger(), nullable=True),
        sa.Column("surplus", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_yearly_figures_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_yearly_figures_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_figures")),
        sa.UniqueConstraint(
            "cooperative_id",
            "fiscal_year",
            name=op.f("uq_yearly_figures_cooperative_id_fiscal_year"),
        ),
    )
    with op.batch_alter_table("yearly_figures", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_yearly_figures_cooperative_id"), ["cooperative_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_yearly_figures_office_id"), ["office_id"], unique=False
        )

    op.create_table(
        "door_duties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("duty_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_door_duties_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_door_duties_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_duties")),
        sa.UniqueConstraint(
            "batch_id", "user_id", "duty_on", name=op.f("uq_door_duties_batch_id_user_id_duty_on")
        ),
    )
    with op.batch_alter_table("door_duties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_door_duties_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_door_duties_user_id"), ["user_id"], unique=False)

    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("owner_name", sa.String(length=160), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=500), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(closed_on IS NULL) = (result IS NULL)", name=op.f("ck_follow_ups_closed_with_result")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["users.id"], name=op.f("fk_follow_ups_closed_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_follow_ups_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_follow_ups_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["mentoring_visits.id"],
            name=op.f("fk_follow_ups_visit_id_mentoring_visits"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follow_ups_office_id"), ["office_id"], unique=False)
        batch_op.create_index("ix_follow_ups_open", ["cooperative_id", "closed_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_follow_ups_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("held_seats", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("health_status", sa.String(length=26), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_reason", sa.String(length=300), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "health_status IN ('healthy', 'fairly_healthy', 'under_supervision', 'under_special_supervision')",
            name=op.f("ck_invitations_health_status"),
        ),
        sa.CheckConstraint(
            "held_seats BETWEEN 0 AND people", name=op.f("ck_invitations_held_seats")
        ),
        sa.CheckConstraint("people > 0", name=op.f("ck_invitations_people_positive")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_invitations_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_invitations_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_invitations_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint(
            "batch_id", "cooperative_id", name=op.f("uq_invitations_batch_id_cooperative_id")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_invitations_cooperative_id"), ["cooperative_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_invitations_office_id"), ["office_id"], unique=False)

    op.create_table(
        "training_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=160), nullable=False),
        sa.Column("trainer_name", sa.String(length=120), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(length=4), nullable=False),
        sa.Column("is_teaching", sa.Boolean(), nullable=False),
        sa.Column("minutes_per_lesson_hour", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "time_zone IN ('WIB', 'WITA', 'WIT')", name=op.f("ck_training_sessions_time_zone")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_training_sessions_order")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_training_sessions_batch_id_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_sessions")),
        sa.UniqueConstraint(
            "batch_id", "starts_at", name=op.f("uq_training_sessions_batch_id_starts_at")
        ),
    )
    with op.batch_alter_table("training_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_training_sessions_batch_id"), ["batch_id"], unique=False
        )

    op.create_table(
        "visit_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note_uuid", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("met_people", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("issue_areas", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("advice", sa.Text(), nullable=True),
        sa.Column("outcomes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("photo_consent", sa.Boolean(), nullable=False),
        sa.Column("correction_reason", sa.String(length=300), nullable=True),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_visit_notes_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["mentoring_visits.id"],
            name=op.f("fk_visit_notes_visit_id_mentoring_visits"),
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["users.id"], name=op.f("fk_visit_notes_written_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_notes")),
        sa.UniqueConstraint("note_uuid", name=op.f("uq_visit_notes_note_uuid")),
        sa.UniqueConstraint("visit_id", "version", name=op.f("uq_visit_notes_visit_id_version")),
    )
    with op.batch_alter_table("visit_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_notes_office_id"), ["office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_notes_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(length=20), nullable=False),
        sa.Column("team", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("needs", sa.String(length=300), nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "position IN ('chair', 'vice_chair', 'secretary', 'treasurer', 'supervisor_chair', 'supervisor', 'sharia_board', 'manager', 'employee', 'member')",
            name=op.f("ck_registrations_position"),
        ),
        sa.CheckConstraint(
            "state IN ('waitlisted', 'offered', 'confirmed', 'cancelled', 'expired', 'replaced')",
            name=op.f("ck_registrations_state"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_registrations_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_registrations_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_registrations_invitation_id_invitations"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_registrations_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_registrations_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_registrations_office_id_number")),
        sa.UniqueConstraint("team", "person_id", name=op.f("uq_registrations_team_person_id")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_registrations_ticket_hash")),
    )
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.create_index("ix_registrations_batch_state", ["batch_id", "state"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_registrations_cooperative_id"), ["cooperative_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_registrations_invitation_id"), ["invitation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_registrations_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registrations_team"), ["team"], unique=False)
        batch_op.create_index(
            "uq_registrations_active_person",
            ["batch_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('confirmed', 'waitlisted', 'offered')"),
            postgresql_where=sa.text("state IN ('confirmed', 'waitlisted', 'offered')"),
        )

    op.create_table(
        "visit_photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_visit_photos_file_id_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["note_id"], ["visit_notes.id"], name=op.f("fk_visit_photos_note_id_visit_notes")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_visit_photos_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_photos")),
    )
    with op.batch_alter_table("visit_photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_photos_note_id"), ["note_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_photos_office_id"), ["office_id"], unique=False)

    op.create_table(
        "attendances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("training_session_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("method", sa.String(length=6), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_uuid", sa.String(length=36), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("method IN ('list', 'qr', 'paper')", name=op.f("ck_attendances_method")),
        sa.CheckConstraint(
            "state IN ('present', 'excused', 'sick', 'absent')", name=op.f("ck_attendances_state")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_attendances_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_attendances_registration_id_registrations"),
        ),
        sa.ForeignKeyConstraint(
            ["training_session_id"],
            ["training_sessions.id"],
            name=op.f("fk_attendances_training_session_id_training_sessions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
        sa.UniqueConstraint("scan_uuid", name=op.f("uq_attendances_scan_uuid")),
        sa.UniqueConstraint(
            "training_session_id",
            "registration_id",
            name=op.f("uq_attendances_training_session_id_registration_id"),
        ),
    )
    with op.batch_alter_table("attendances", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attendances_registration_id"), ["registration_id"], unique=False
        )

    op.create_table(
        "registration_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_registration_events_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_registration_events_registration_id_registrations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_events")),
    )
    with op.batch_alter_table("registration_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registration_events_registration_id"), ["registration_id"], unique=False
        )


def downgrade():
    with op.batch_alter_table("registration_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_events_registration_id"))

    op.drop_table("registration_events")
    with op.batch_alter_table("attendances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendances_registration_id"))

    op.drop_table("attendances")
    with op.batch_alter_table("visit_photos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_photos_office_id"))
        batch_op.drop_index(batch_op.f("ix_visit_photos_note_id"))

    op.drop_table("visit_photos")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_registrations_active_person",
            sqlite_where=sa.text("state IN ('confirmed', 'waitlisted', 'offered')"),
            postgresql_where=sa.text("state IN ('confirmed', 'waitlisted', 'offered')"),
        )
        batch_op.drop_index(batch_op.f("ix_registrations_team"))
        batch_op.drop_index(batch_op.f("ix_registrations_person_id"))
        batch_op.drop_index(batch_op.f("ix_registrations_invitation_id"))
        batch_op.drop_index(batch_op.f("ix_registrations_cooperative_id"))
        batch_op.drop_index("ix_registrations_batch_state")

    op.drop_table("registrations")
    with op.batch_alter_table("visit_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_notes_visit_id"))
        batch_op.drop_index(batch_op.f("ix_visit_notes_office_id"))

    op.drop_table("visit_notes")
    with op.batch_alter_table("training_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_sessions_batch_id"))

    op.drop_table("training_sessions")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_office_id"))
        batch_op.drop_index(batch_op.f("ix_invitations_cooperative_id"))
        batch_op.drop_index(batch_op.f("ix_invitations_batch_id"))

    op.drop_table("invitations")
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_ups_visit_id"))
        batch_op.drop_index("ix_follow_ups_open")
        batch_op.drop_index(batch_op.f("ix_follow_ups_office_id"))

    op.drop_table("follow_ups")
    with op.batch_alter_table("door_duties", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_door_duties_user_id"))
        batch_op.drop_index(batch_op.f("ix_door_duties_batch_id"))

    op.drop_table("door_duties")
    with op.batch_alter_table("yearly_figures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_yearly_figures_office_id"))
        batch_op.drop_index(batch_op.f("ix_yearly_figures_cooperative_id"))

    op.drop_table("yearly_figures")
    with op.batch_alter_table("user_invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_invitations_office_id"))

    op.drop_table("user_invitations")
    with op.batch_alter_table("past_contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_past_contacts_cooperative_id"))
        batch_op.drop_index("ix_past_contacts_activity")

    op.drop_table("past_contacts")
    with op.batch_alter_table("officers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officers_person_id"))
        batch_op.drop_index(batch_op.f("ix_officers_cooperative_id"))

    op.drop_table("officers")
    with op.batch_alter_table("mentoring_visits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mentoring_visits_programme_id"))
        batch_op.drop_index(batch_op.f("ix_mentoring_visits_office_id"))
        batch_op.drop_index("ix_mentoring_visits_mentor")
        batch_op.drop_index(batch_op.f("ix_mentoring_visits_cooperative_id"))

    op.drop_table("mentoring_visits")
    with op.batch_alter_table("mentoring_assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mentoring_assignments_programme_id"))
        batch_op.drop_index(batch_op.f("ix_mentoring_assignments_office_id"))
        batch_op.drop_index(batch_op.f("ix_mentoring_assignments_mentor_id"))
        batch_op.drop_index(batch_op.f("ix_mentoring_assignments_cooperative_id"))

    op.drop_table("mentoring_assignments")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_memberships_platform_admin",
            sqlite_where=sa.text("role = 'platform_admin'"),
            postgresql_where=sa.text("role = 'platform_admin'"),
        )
        batch_op.drop_index(
            "uq_memberships_office_role",
            sqlite_where=sa.text("role NOT IN ('platform_admin', 'manager')"),
            postgresql_where=sa.text("role NOT IN ('platform_admin', 'manager')"),
        )
        batch_op.drop_index(
            "uq_memberships_manager",
            sqlite_where=sa.text("role = 'manager'"),
            postgresql_where=sa.text("role = 'manager'"),
        )
        batch_op.drop_index(batch_op.f("ix_memberships_user_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_office_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_cooperative_id"))

    op.drop_table("memberships")
    with op.batch_alter_table("health_assessments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_health_assessments_office_id"))
        batch_op.drop_index("ix_health_assessments_cooperative")

    op.drop_table("health_assessments")
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batches_programme_id"))
        batch_op.drop_index(batch_op.f("ix_batches_office_id"))
        batch_op.drop_index(batch_op.f("ix_batches_course_id"))

    op.drop_table("batches")
    with op.batch_alter_table("annual_meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_annual_meetings_office_id"))
        batch_op.drop_index(batch_op.f("ix_annual_meetings_cooperative_id"))

    op.drop_table("annual_meetings")
    with op.batch_alter_table("activity_statuses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_statuses_cooperative_id"))

    op.drop_table("activity_statuses")
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_programmes_office_id"))

    op.drop_table("programmes")
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_persons_office_id"))

    op.drop_table("persons")
    with op.batch_alter_table("password_resets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_resets_user_id"))

    op.drop_table("password_resets")
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_sessions_user_id"))

    op.drop_table("login_sessions")
    with op.batch_alter_table("import_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_runs_office_id"))

    op.drop_table("import_runs")
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_courses_office_id"))

    op.drop_table("courses")
    with op.batch_alter_table("cooperatives", schema=None) as batch_op:
        batch_op.drop_index("ix_cooperatives_office_name")
        batch_op.drop_index(batch_op.f("ix_cooperatives_office_id"))
        batch_op.drop_index(batch_op.f("ix_cooperatives_district"))

    op.drop_table("cooperatives")
    op.drop_table("assessment_bands")
    op.drop_table("users")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_tasks_state")

    op.drop_table("tasks")
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_files_sha256"))

    op.drop_table("stored_files")
    op.drop_table("sign_in_throttles")
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_messages_due")

    op.drop_table("outbox_messages")
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offices_parent_id"))

    op.drop_table("offices")
    op.drop_table("number_registers")
    op.drop_table("job_heartbeats")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_office_at")
        batch_op.drop_index("ix_audit_entries_object")

    op.drop_table("audit_entries")
    op.drop_table("assessment_schemes")
