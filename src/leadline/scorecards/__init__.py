"""Numbers arranged: measures with targets, rolled up to objectives, perspectives and a scorecard."""
