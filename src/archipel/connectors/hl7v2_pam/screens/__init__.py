"""Screens of messages and senders."""
