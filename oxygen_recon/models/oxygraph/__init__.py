"""The column model: a node is a water column, observed or asked for; casts inform it level by level.

A profile of covariates is encoded as a whole and decoded to a first guess at each level. What the guess leaves at
observed casts is kriged with a covariance that is learned. The head is the one that all backbones share.
"""
