"""The networks: from fields of a day to features of patches or cells, and back to fields.

Fields are cut into patches (`patches`), mixed by Fourier layers (`afno`), some of them hidden in training (`masking`):
`autoencoder` has the Fourier masked autoencoder and FourCastNet, `convolution` a U-Net, `sizes` the settings of each.
"""
