"""Landing: what connectors fetch becomes files of our own, whole or not at all; ingest then reads those."""
