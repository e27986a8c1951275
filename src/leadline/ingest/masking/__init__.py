"""Copies of facts in which nobody can be recognised: for tests, demonstrations and suppliers."""
