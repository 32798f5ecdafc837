"""Normalisers: SQL expressions, one per channel and field, never a shared "clean string".

A normaliser takes an SQL expression and returns one that is NULL where the value must be rejected.
"""
