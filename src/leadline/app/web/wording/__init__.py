"""From what the rooms below say to what a page shows: marks, figures, changes, findings, documents."""
