"""Documents by secure health mail (MSSanté): an XDM archive sent by SMTP, receipts read by IMAP."""
