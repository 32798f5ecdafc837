"""Readers: a file of any format as pieces of numbered records."""
