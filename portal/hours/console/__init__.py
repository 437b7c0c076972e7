"""The console's pages about hours: all channels with "closed now", and the schedule of one channel."""
