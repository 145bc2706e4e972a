"""What the engine in this process costs: figures are ratios, taken in one run."""
