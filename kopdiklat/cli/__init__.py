"""CLI: the `flask …` commands. Owns no rules."""

from flask import Flask


def register_commands(app: Flask) -> None:
    """Hang every command group on the app."""
