"""Bereikbaar: a status and self-service portal for companies whose customers write on social media."""
