"""Change between two occasions: reliable change, clinical significance, effect sizes."""
