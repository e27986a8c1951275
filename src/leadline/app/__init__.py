"""The doors: command line and web; and the one place that wires the rooms together."""
