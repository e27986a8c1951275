"""Data brought in: files read row by row, mapped to facts, every row accepted or held with its reason."""
