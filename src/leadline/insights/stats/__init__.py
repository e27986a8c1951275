"""Pure statistics: arrays in, arrays out; no store, no catalog, no other room."""
