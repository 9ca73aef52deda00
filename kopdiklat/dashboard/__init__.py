"""Dashboard: pages made of several rooms: home, search, one cooperative. Owns no rules."""
