"""One module per step of the schema, applied in the order of their revisions."""
