"""Corrected records: quarantine entries go out to people, and come back to be landed."""
