"""Growth models of a caseload: intercepts, slopes, therapists, within and between clients."""
