"""Records of people whose true persons are known, and what is declared to find them."""
