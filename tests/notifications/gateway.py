"""A WhatsApp gateway of the test's own: a real HTTP server that answers as Meta's documentation says.

It refuses what Meta would: no or a wrong token (401, code 190), another address (400, code 100 with
subcode 33), a template that nobody approved (404, 132001), a wrong number of parameters (400, 132000),
an empty one or one with a line break (400, 100).
"""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NUMBER_ID = "106540352242922"
TOKEN = "EAAJB-uji"  # noqa: S105, of a server that lives for one test
TEMPLATES = {"undangan_pelatihan": 5, "kursi_batal": 3, "tawaran_kursi": 5}


def error(code, message="uji", subcode=None, details="uji"):
    """The body of a refusal, as documented."""
    body = {
        "message": f"(#{code}) {message}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    }
    return {"error": body | ({"error_subcode": subcode} if subcode else {})}


class Gateway:
    """What the server took, and `answers` that it gives in turn instead of its own.

    One is (status, body) or (status, body, headers), with a body of bytes or an object; or one of
    the words hang, drop, drip.
    """

    def __init__(self):
        self.taken = []
        self.requests = []
        self.answers = []
        self.numbers_without_whatsapp = set()

    def judge(self, path, headers, body):
        """(status, object) for a request."""
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, error(190, "Invalid OAuth access token")
        if path != f"/v23.0/{NUMBER_ID}/messages":
            return 400, error(100, "Unsupported post request", subcode=33)
        message = json.loads(body)
        template = message["template"]
        texts = [p["text"] for c in template["components"] for p in c["parameters"]]
        if message["messaging_product"] != "whatsapp" or message["type"] != "template":
            return 400, error(100, "Invalid parameter")
        if template["name"] not in TEMPLATES or template["language"] != {"code": "id"}:
            return 404, error(132001, "Template name does not exist in the translation")
        if len(texts) != TEMPLATES[template["name"]]:
            return 400, error(132000, "Number of parameters does not match")
        if any(not text or "\n" in text or "\t" in text or "     " in text for text in texts):
            return 400, error(100, "Invalid parameter")
        if message["to"] in self.numbers_without_whatsapp:
            return 400, error(131026, "Message undeliverable")
        self.taken.append(message)
        return 200, {
            "messaging_product": "whatsapp",
            "contacts": [{"input": message["to"], "wa_id": message["to"]}],
            "messages": [{"id": f"wamid.UJI{len(self.taken)}", "message_status": "accepted"}],
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gateway: Gateway

    def do_POST(self):  # noqa: N802, the name that http.server calls
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.gateway.requests.append((self.path, dict(self.headers), body))
        answer = self.gateway.answers.pop(0) if self.gateway.answers else None
        if answer == "hang":
            time.sleep(1.5)
            answer = "drop"
        if answer == "drop":
            self.close_connection = True
            return
        if answer == "drip":
            self._drip()
            return
        status, said, *more = answer or self.gateway.judge(self.path, self.headers, body)
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (more[0] if more else {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _drip(self):
        self.close_connection = True
        try:
            for char in "HTTP/1.1 200 OK\r\nX-Lama: " + "a" * 400:
                self.wfile.write(char.encode())
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *arguments):
        """Nothing: the test asks the gateway."""


@contextmanager
def gateway():
    """`with gateway() as (url, gateway):`"""
    state = Gateway()
    handler = type("Handler", (_Handler,), {"gateway": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v23.0/{NUMBER_ID}", state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
