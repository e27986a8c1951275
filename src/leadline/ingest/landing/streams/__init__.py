"""Message streams: what a broker delivers is on disk before it is acknowledged, and lands from there."""
