"""Jobs: the one process that sends, reminds and does long work. Owns no rules; schedule.py lists all."""
