"""People deciding on definitions: who owns them, how they change, what is said of their figures."""
