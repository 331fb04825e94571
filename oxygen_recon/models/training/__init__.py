"""Training of any network that has a loss: Lightning, checkpoints, threads of torch."""
