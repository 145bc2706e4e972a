"""The judges: one kind of claim per file. PROVED and REFUTED come from exact methods only."""
