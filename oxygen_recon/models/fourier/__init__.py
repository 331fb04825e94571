"""Daily forecasts on a grid: the Fourier masked autoencoder (AI-GOMS, arXiv 2308.03152), and others to compare.

`networks` read the fields of a day, `wrapper` makes the state of the next day of what they say, and `estimator` trains
and forecasts.
"""
