"""API: the JSON doors under /api/v1 and the health checks. Owns no rules."""
