"""Requests, messages, contacts, tracking, the agents' queue."""
