"""The company that the engine is measured with: its rows, its definitions, and SQL by hand for the same figures."""
