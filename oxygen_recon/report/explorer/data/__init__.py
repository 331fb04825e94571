"""What the explorer shows, read from the files of a run and measured, without a browser."""
