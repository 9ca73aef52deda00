"""Changes at the same moment, each in a transaction on a connection of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import KopdiklatError


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


def the_refusal(sentences):
    """The one sentence of two."""
    assert sentences.count(None) == 1, sentences
    return next(sentence for sentence in sentences if sentence)
