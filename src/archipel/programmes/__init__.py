"""National programmes: are we eligible, what is it worth, how do we get there, and the proof."""
