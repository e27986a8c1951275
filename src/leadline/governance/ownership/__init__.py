"""Who answers for a definition: proposed, accepted, contested, shared; and where nobody does."""
