"""Starts that are seen in part: what a network that fills gaps begins with, and the batches of its training."""
