"""Registration: which cooperatives are invited to a batch (undangan), who takes a seat (pendaftaran),
who waits (daftar tunggu). Seats are decided here and nowhere else, under the lock of the batch."""
