"""Imports: an office's own workbooks into the register, checked row by row before saving."""
