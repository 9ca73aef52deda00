"""Health: official assessments (penilaian kesehatan), annual meetings (RAT), the year's figures.

An assessment is never changed: a correction is a new row that names the one it replaces.
"Belum dinilai" is the absence of a row, never a status.
"""
