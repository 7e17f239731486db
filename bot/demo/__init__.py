"""A day in one community, played through the whole system."""
