"""Changes at the same moment, each in a transaction on a connection of its own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import KopdiklatError

A_WHILE = 0.5  # seconds that a change is held open, so that the other one meets it


def at_once(app, *changes):
    """All begin together; the sentence of each that was refused, None for the others."""
    db.session.remove()
    ready = threading.Barrier(len(changes))

    def one(change):
        with app.test_request_context():
            ready.wait(timeout=20)
            try:
                with transaction():
                    change()
            except KopdiklatError as refusal:
                return str(refusal)
            finally:
                db.session.remove()
            return None

    with ThreadPoolExecutor(len(changes)) as threads:
        return list(threads.map(one, changes))


def run_at_once(app, job, count):
    """As many processes as may run the same job begin together; what each returns."""
    db.session.remove()
    ready = threading.Barrier(count)

    def one(_):
        with app.app_context():
            ready.wait(timeout=20)
            try:
                return job()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def the_refusal(sentences):
    """The one sentence of two."""
    assert sentences.count(None) == 1, sentences
    return next(sentence for sentence in sentences if sentence)


@contextmanager
def meanwhile(app, change, then=lambda: None):
    """The block runs while `change` is written and not yet committed.

    :param then: the rest of the same transaction, when the block has met its locks
    """
    db.session.remove()
    written = threading.Event()

    def hold():
        with app.test_request_context():
            try:
                with transaction():
                    change()
                    db.session.flush()
                    written.set()
                    time.sleep(A_WHILE)
                    then()
            finally:
                written.set()
                db.session.remove()

    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(hold)
        assert written.wait(timeout=20)
        yield
        held.result()
    db.session.remove()


def refusal_of(change):
    """The sentence that refuses it, if any."""
    try:
        with transaction():
            change()
    except KopdiklatError as refusal:
        return str(refusal)
    return None
