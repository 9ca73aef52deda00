"""Give the door its own token, and keep no ready link in the outbox.

Until now the QR at the door opened the proof as well. A code that was saved or printed before is
not read at the door any more: the proof shows the new one, and a name is enough there.
"""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from kopdiklat.core import keys

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AT_ONCE = 1000

registrations = sa.table(
    "registrations",
    sa.column("id", sa.Integer),
    sa.column("nonce", sa.String),
    sa.column("ticket_hash", sa.String),
    sa.column("door_hash", sa.String),
)
invitations = sa.table(
    "invitations", sa.column("nonce", sa.String), sa.column("token_hash", sa.String)
)
messages = sa.table(
    "outbox_messages",
    sa.column("id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("payload", sa.JSON(none_as_null=True)),
)
ABOUT_INVITATIONS = messages.c.kind == "invitation.sent"
ABOUT_REGISTRATIONS = sa.or_(
    messages.c.kind.like("registration.%"),
    messages.c.kind.in_(("batch.reminder", "batch.cancelled")),
)


def upgrade():
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.add_column(sa.Column("door_hash", sa.String(length=64), nullable=True))
    _fill_door_hashes()
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.alter_column("door_hash", existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_registrations_door_hash"), ["door_hash"])
    _keep_nonces("invitation", ABOUT_INVITATIONS, invitations.c.token_hash, invitations.c.nonce)
    _keep_nonces("ticket", ABOUT_REGISTRATIONS, registrations.c.ticket_hash, registrations.c.nonce)


def downgrade():
    _keep_links("invitation", ABOUT_INVITATIONS, "/daftar/")
    _keep_links("ticket", ABOUT_REGISTRATIONS, "/bukti/")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_constraint(op.f("uq_registrations_door_hash"), type_="unique")
        batch_op.drop_column("door_hash")


def _fill_door_hashes():
    connection = op.get_bind()
    rows = connection.execute(sa.select(registrations.c.id, registrations.c.nonce)).all()
    new = [
        {"of": row.id, "hash": keys.token_hash("door", keys.token_for("door", row.nonce))}
        for row in rows
    ]
    change = (
        sa.update(registrations)
        .where(registrations.c.id == sa.bindparam("of"))
        .values(door_hash=sa.bindparam("hash"))
    )
    for first in range(0, len(new), AT_ONCE):
        connection.execute(change, new[first : first + AT_ONCE])


def _keep_nonces(purpose, about, hash_column, nonce_column):
    """A link that leads nowhere any more, of an invitation made anew, stays one: its nonce is ""."""
    known = dict(op.get_bind().execute(sa.select(hash_column, nonce_column)).all())

    def nonce_of(payload):
        token = payload.pop("link").rpartition("/")[2]
        return payload | {"nonce": known.get(keys.token_hash(purpose, token), "")}

    _rewrite(about, "link", nonce_of)


def _keep_links(purpose, about, path):
    def link_of(payload):
        token = keys.token_for(purpose, payload.pop("nonce"))
        return payload | {"link": current_app.config["BASE_URL"] + path + token}

    _rewrite(about, "nonce", link_of)


def _rewrite(about, key, change):
    """Change each payload that has this key."""
    connection = op.get_bind()
    found = connection.execute(sa.select(messages.c.id, messages.c.payload).where(about)).all()
    new = [{"of": row.id, "new": change(dict(row.payload))} for row in found if key in row.payload]
    statement = (
        sa.update(messages)
        .where(messages.c.id == sa.bindparam("of"))
        .values(payload=sa.bindparam("new", type_=messages.c.payload.type))
    )
    for first in range(0, len(new), AT_ONCE):
        connection.execute(statement, new[first : first + AT_ONCE])
