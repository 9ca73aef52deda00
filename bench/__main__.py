"""`python -m bench [NAME …]`: run the benchmarks, print the table, write bench/results/bench.json."""

import json
import os
import sys
from pathlib import Path

from bench import (
    crowd,
    databases,
    imports,
    numbers,
    outbox,
    pages,
    paint,
    process,
    promotions,
    races,
    registrations,
    selection,
    start,
    weight,
)
from bench.table import Figure, show

RESULTS = Path(__file__).parent / "results"
MESSAGES, KILLS = int(os.environ.get("BENCH_MESSAGES", 10_000)), 100
RACES = int(os.environ.get("BENCH_RACES", 1000))


def _on_both(measure) -> list[Figure]:
    figures = []
    for name in databases.NAMES:
        with databases.fresh(name) as (app, url):
            figures += measure(app, url, name)
    return figures


def _pages_and_weight(app, url, name):
    figures = pages.run(app, name)
    return figures + (weight.run(app, name) if name == "sqlite" else [])


def _selection(app, url, name):
    return selection.run(app, name)


def _imports(app, url, name):
    measured = imports.run(url)
    held = measured["cooperatives_5000"]["held"]
    return [
        *(
            Figure(f"import of {rows} cooperatives", name, m["seconds"], "s", m["limit"])
            for rows, m in ((key.rpartition("_")[2], m) for key, m in measured.items())
        ),
        Figure("write lock held during import of 5,000", name, held, "s", imports.MOST_HELD),
    ]


def _races(app, url, name):
    result = races.run(url, RACES)
    where = f"{name}, {result['rounds']} races, 16 processes"
    return [
        Figure("seats oversold", where, result["oversold"], "", 0),
        Figure("seats left empty", where, result["left_empty"], "", 0),
        Figure("lock errors", where, result["errors"], "", 0),
        Figure("registration p95", where, result["p95_ms"], "ms", 1500),
        Figure(
            "oversold without the lock (canary)", name, result["canary_oversold"], "races", least=1
        ),
    ]


def _promotions(app, url, name):
    result = promotions.run(url, RACES)
    where = f"{name}, {result['rounds']} races, 16 processes"
    canary = f"{name}, of {result['canary_rounds']} races"
    return [
        Figure("promises broken while seats are freed", where, result["broken"], "", 0),
        Figure("freed seats oversold", where, result["oversold"], "", 0),
        Figure("freed seats left empty", where, result["left_empty"], "", 0),
        Figure("promotion errors", where, result["errors"], "", 0),
        Figure("teams offered a seat", where, result["offered"], ""),
        Figure("promotion p95", where, result["p95_ms"], "ms", 1500),
        Figure("faulty without the lock (canary)", canary, result["canary_faulty"], "", least=1),
    ]


def _numbers(app, url, name):
    result = numbers.run(url, RACES)
    where = f"{name}, {result['rounds']} races, 16 processes"
    canary = f"{name}, of {result['canary_rounds']} races"
    return [
        Figure("letter numbers given twice", where, result["duplicates"], "", 0),
        Figure("letter numbers left out", where, result["gaps"], "", 0),
        Figure("number register errors", where, result["errors"], "", 0),
        Figure("letter number p95", where, result["p95_ms"], "ms", 1500),
        Figure(
            "given twice without the lock (canary)",
            canary,
            result["canary_duplicates"],
            "races",
            least=1,
        ),
    ]


def _outbox(app, url, name):
    rounds = outbox.run(url, MESSAGES, KILLS)
    quiet, deadly = rounds["quiet"], rounds["deadly"]
    calm = f"{name}, {quiet.messages:,} messages, 3 senders"
    storm = f"{name}, {deadly.messages:,} messages, {deadly.kills} kills"
    canary = f"{name}, of {outbox.CANARY}"
    return [
        Figure("messages sent twice", calm, quiet.duplicates, "", 0),
        Figure("messages missing", calm, quiet.missing + quiet.unmarked, "", 0),
        Figure("messages a minute", calm, round(quiet.per_minute), ""),
        Figure("messages sent twice", storm, deadly.duplicates, "", deadly.kills),
        Figure("messages missing", storm, deadly.missing + deadly.unmarked, "", 0),
        Figure("missing when marked first (canary)", canary, rounds["marks_first"].missing, ""),
        Figure("sent twice without a claim (canary)", canary, rounds["no_claim"].duplicates, ""),
    ]


def _paint() -> list[Figure]:
    with databases.fresh("sqlite") as (app, _url):
        return paint.run(app, "360×640, 400 kbit/s, 400 ms, 4× slower")


def _crowd(app, url, name):
    result = crowd.run(app, url)
    where = f"{name}, {result.posts} posts, {result.people} people, one address"
    told = {
        "blind": "no form",
        "replay": "one form again and again",
        "one_cookie": "a form each, one cookie",
    }
    return [
        *(
            Figure(f"posts of a machine that reach the database ({words})", where,
                   result.percent[way], "%", 1.99)
            for way, words in told.items()
        ),
        Figure("the same as a new device each time, until the limit of the address", where,
               result.percent["new_cookies"], "%"),
        Figure("people turned away, with an invitation", where,
               2 * result.people - result.invited_in, "", 0),
        Figure("people turned away, without", where, result.people - result.applied_in, "", 0),
        Figure("errors in the crowd", where, len(result.errors), "", 0),
    ]  # fmt: skip


BENCHES = {
    "process": process.run,
    "pages": lambda: _on_both(_pages_and_weight),
    "imports": lambda: _on_both(_imports),
    "registrations": lambda: _on_both(registrations.run),
    "races": lambda: _on_both(_races),
    "promotions": lambda: _on_both(_promotions),
    "numbers": lambda: _on_both(_numbers),
    "outbox": lambda: _on_both(_outbox),
    "selection": lambda: _on_both(_selection),
    "start": start.run,
    "paint": _paint,
    "crowd": lambda: _on_both(_crowd),
}


def main(names: list[str]) -> int:
    figures: list[Figure] = []
    for name in names or list(BENCHES):
        print(f"… {name}", file=sys.stderr)
        figures += BENCHES[name]()
    print(show(figures))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "bench.json"
    path.write_text(json.dumps([f.as_dict() for f in figures], indent=1, ensure_ascii=False))
    return 0 if all(f.is_kept for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
