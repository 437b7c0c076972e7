"""Schedules and opening-time arithmetic."""
