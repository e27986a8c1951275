"""Charts as pure functions: a small frozen spec in, SVG markup out. Nothing here knows a page, a request or a store."""
