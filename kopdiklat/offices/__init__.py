"""Offices: the dinas koperasi, their region, their place in the tree and their civil time.

A province (dinas provinsi) stands above the regencies and cities (kabupaten, kota) of its area.
"""
