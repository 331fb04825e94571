"""Daily forecasts on a grid: the Fourier masked autoencoder (AI-GOMS, arXiv 2308.03152), and others to compare.

Fields are cut into patches (`patches`), mixed by Fourier layers (`afno`), some of them hidden in training (`masking`).
"""
