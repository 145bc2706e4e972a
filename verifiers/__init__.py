"""The judges: one kind of claim in each file; exact or UNKNOWN."""
