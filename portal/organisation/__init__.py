"""The company that runs this installation, and the channels on which it can be reached."""
