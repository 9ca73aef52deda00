"""Cooperatives: the register (koperasi binaan), their officers (pengurus, pengawas, manajer) and
what was done with them before Kopdiklat (riwayat)."""
