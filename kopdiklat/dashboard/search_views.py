from flask import render_template, request
from flask_login import current_user

from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.dashboard import finder, place
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.policy import guard

LIVE_LIMIT = 5


@bp.get("/search")
@guard("search.use")
def search():
    """A plain page; from the top bar htmx asks for its short form while one types."""
    text = " ".join(request.args.get("q", "").split())[:80]
    is_live = request.headers.get("HX-Target") == "search-live"
    found = finder.find(current_user, text, LIVE_LIMIT if is_live else finder.LIMIT)
    page = "dashboard/search_live.html" if is_live else "dashboard/search.html"
    return render_template(
        page,
        text=text,
        found=found,
        positions=POSITION_LABELS,
        shortest=finder.SHORTEST,
        batch_url=lambda batch_id: place.link("training.show_batch", batch_id=batch_id),
    )
