"""What patient flow measures for steering: sums, ages, delays; never a row nor a person."""
