"""What is measured, and how: scripts that print tables."""
