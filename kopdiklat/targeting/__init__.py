"""Targeting: which cooperatives a batch is for (sasaran), and why each of them.

Filters narrow the register, a ranking orders it, and a person chooses; or a lottery (undian) draws
among all who are eligible. Either way the list is kept with its reasons and its basis of selection
(dasar pemilihan), on which the method of impact relies later. A segment is a question that is asked
often, not a list.
"""
