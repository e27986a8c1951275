"""Webhooks: events are verified and kept as they come, and land like pages at the next fetch."""
