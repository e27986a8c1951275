"""The package an auditor asks for: what is in force, what figures are made of, who approved it; of one generation."""
