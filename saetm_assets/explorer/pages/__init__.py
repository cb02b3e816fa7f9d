"""The pages of the explorer: each reads what it shows, and has a view of it returned."""
