"""Attendance (presensi): one row per training session and registration; lateness is computed."""
