import sqlalchemy as sa
from flask import render_template, request
from flask_babel import lazy_gettext as _l

from kopdiklat import policy
from kopdiklat.core.clock import utc_now
from kopdiklat.core.paging import paginate
from kopdiklat.core.tasks import Task
from kopdiklat.core.text import N_
from kopdiklat.dashboard import place
from kopdiklat.dashboard import system as health
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.policy import guard

STATES = {  # state of a task: (words, tone, icon)
    "queued": (N_("menunggu"), "", "clock"),
    "running": (N_("berjalan"), "accent", "refresh"),
    "done": (N_("selesai"), "done", "check"),
    "failed": (N_("gagal"), "error", "warning"),
    "cancelled": (N_("dibatalkan"), "outline", "close"),
}
KINDS = {
    "import.check": _l("Periksa berkas impor"),
    "import.save": _l("Simpan baris impor"),
    "import.reverse": _l("Batalkan impor"),
}


@bp.get("/system")
@guard("system.see")
def system():
    now, zone = utc_now(), place.zone()
    parts = health.parts(now, zone)
    return render_template(
        "dashboard/system.html",
        parts=parts,
        runs=health.runs(),
        bad=sum(part.state != "good" for part in parts),
        now=now,
        zone=zone,
    )


@bp.get("/tasks")
@guard("task.see")
def tasks():
    """Long work of the office, the newest first; the page renews itself while some is running."""
    select = (
        sa.select(Task)
        .where(policy.visible(Task, "task.see"))
        .order_by(Task.created_at.desc(), Task.id.desc())
    )
    page = paginate(select, request.args.get("page", 1, type=int))
    return render_template(
        "dashboard/tasks.html",
        page=page,
        states=STATES,
        kinds=KINDS,
        zone=place.zone(),
        is_running=any(not task.is_over for task in page.rows),
        pages=page.addresses(lambda **values: place.link("dashboard.tasks", **values)),
    )
