"""The outside, turned into values: one file per channel, one door in."""
