"""Notifications: turns outbox messages into e-mail, and lists those an officer sends by WhatsApp.

Imports no feature: a message carries every word that it prints.
"""
