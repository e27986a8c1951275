"""Databases of others, which are only ever read: addresses, snapshots, typed batches, errors with names."""
