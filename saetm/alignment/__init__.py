"""Which topics of two datasets correspond, in the space that their items share."""
