"""CDA R2: exit documents built, checked by our own rules and by the official ones where the site has them."""
