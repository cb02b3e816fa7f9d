"""What the asset `steerings` is made of: the topic, its texts, and what is measured of them."""
