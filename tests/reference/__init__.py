"""Metrics computed a second time, in pandas and from the metrics page alone."""
