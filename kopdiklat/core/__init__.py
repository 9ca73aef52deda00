"""The shared kernel: database, transaction, audit, clock, errors, forms, outbox, tasks, files, keys.

Nothing here knows the field. A file that says "cooperative" is in the wrong place.
"""
