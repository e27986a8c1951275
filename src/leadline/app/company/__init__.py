"""Signing in by the company: what is asked of its OpenID provider, and what of its answers is believed."""
