"""Agreement of observers who code the same sessions."""
