"""The WSGI entry: `gunicorn app:app`, `flask --app app`."""

import gc

from kopdiklat import create_app

app = create_app()
# What is loaded now stays for good; looking through it again took a tenth of every request.
gc.collect()
gc.freeze()
