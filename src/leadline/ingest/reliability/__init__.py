"""How far each source may be relied on: what is awaited of it, what of that was seen, and what that makes of 100."""
