"""Numbers explained: what is off target, and what changed by more than chance."""
