"""Training: a programme (program) holds batches (angkatan) of courses (bimtek, diklat); a batch has
training sessions (sesi) with a trainer (narasumber) and lesson hours (JP)."""
