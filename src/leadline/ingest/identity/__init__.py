"""Identity: which records are one person. Links depend on pairs of records alone; persons follow from the links."""
