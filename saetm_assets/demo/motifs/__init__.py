"""What the painted prints show; every function draws one motif with the brush it is given."""
