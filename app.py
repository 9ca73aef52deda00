"""The WSGI entry: `gunicorn app:app`, `flask --app app`."""

from kopdiklat import create_app

app = create_app()
