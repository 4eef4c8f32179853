"""Two people who rate the same sessions, and rules held against an observer."""
