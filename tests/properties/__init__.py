"""Identities that hold on any data, checked on random small histories."""
