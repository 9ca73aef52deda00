"""Pengajuan: a cooperative that has no invitation asks for seats in a batch whose programme allows it.
It holds no seat; the coordinator finds the cooperative in the register and decides."""
