"""Where the product's estimator is found."""

try:
    from portal.promises.estimator import Announcement, Desk, Fact, Happening, Stretch
except ImportError:  # until it is there
    from benchmarks.promises.stand_in import Announcement, Desk, Fact, Happening, Stretch

__all__ = ["Announcement", "Desk", "Fact", "Happening", "Stretch"]
