"""What a company's AI used over a period, from the exports and meters it already has."""
