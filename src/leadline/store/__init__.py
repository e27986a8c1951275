"""Every byte at rest: warehouse engines, ledger, journal. The only room that speaks to databases."""
