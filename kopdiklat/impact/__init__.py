"""Sebelum dan sesudah: the health status of a cooperative before and after a programme.

Reads contacts with a programme (presence, held visits, past activities) and assessments, and
writes nothing but its own definitions and results. What it shows is a *perubahan* (change): a
difference between *penilaian awal* (baseline) and *penilaian akhir* (endline), beside the same
difference of cooperatives that took no part. Calling a difference an effect is another question.
"""
