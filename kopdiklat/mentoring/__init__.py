"""Mentoring (pendampingan): who visits which cooperative, the visit (kunjungan), its note (catatan),
and the follow-ups (tindak lanjut) agreed there with an owner and a day."""
