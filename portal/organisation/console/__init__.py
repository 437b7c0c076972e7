"""The pages about the company: its set-up, its settings and its channels."""
