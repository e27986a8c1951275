"""What each warehouse's SQL says differently: trees in DuckDB's meaning are rewritten until another engine means it."""
