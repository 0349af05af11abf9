"""Short text messages, through the HTTP interface of the site's own operator."""
