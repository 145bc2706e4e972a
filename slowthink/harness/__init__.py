"""slowthink as a model of lm-evaluation-harness: its tasks ask, strategies answer, its filters read."""
