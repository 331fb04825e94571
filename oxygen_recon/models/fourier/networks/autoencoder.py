"""The Fourier masked autoencoder and FourCastNet: from fields of a day to features of patches, and back to fields."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from oxygen_recon.models.fourier.networks.afno import FourierBlock, Layout
from oxygen_recon.models.fourier.networks.masking import put_tokens, take_tokens
from oxygen_recon.models.fourier.networks.patches import PatchEmbedding, PatchGrid, PatchRecovery, fixed_positions
from oxygen_recon.models.fourier.networks.sizes import PUBLISHED, PUBLISHED_FOURCASTNET, FourCastNetSizes, FourierSizes

STATE, FORCING, TOPOGRAPHY = 61, 5, 1  # published channels (arXiv 2308.03152): T, S, U, V on 15 levels and height
ROWS, COLUMNS = 720, 1440  # 0.25 degree without the South Pole


class FourierMaskedAutoencoder(nn.Module):
    """Encoder over the patches that are read, decoder over all of them (AI-GOMS, arXiv 2308.03152).

    Parameters
    ----------
    inputs, outputs : int
        Channels before and after.
    latitude, longitude : int
        Cells of the grid.
    sizes : FourierSizes
        Sizes of the network.
    periodic : bool
        Whether the grid goes round the globe.
    recompute : bool
        Computes blocks again in the backward pass: less memory, same result.

    Examples
    --------
    >>> sizes = FourierSizes(width=16, decoder_width=16, blocks=1)
    >>> network = FourierMaskedAutoencoder(3, 2, 12, 16, sizes)
    >>> features = network.features(torch.zeros(1, 3, 12, 16))
    >>> features.shape, network.recover(features).shape
    (torch.Size([1, 3, 4, 16]), torch.Size([1, 2, 12, 16]))
    """

    def __init__(
        self, inputs: int, outputs: int, latitude: int, longitude: int, sizes: FourierSizes, periodic: bool = False,
        recompute: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.grid = grid = PatchGrid(latitude, longitude, sizes.patch, periodic)
        self.width, self.tokens, self.patch = sizes.decoder_width, grid.tokens, sizes.patch
        local = grid if sizes.local else None

        def blocks(count: int, width: int) -> nn.ModuleList:
            one = (width, sizes.groups, sizes.mixing, sizes.expansion, local, recompute)
            return nn.ModuleList([FourierBlock(*one) for _ in range(count)])

        self.embedding = PatchEmbedding(inputs, sizes.width, grid)
        self.encoder, self.encoder_norm = blocks(sizes.blocks, sizes.width), nn.LayerNorm(sizes.width)
        self.unused_norm = nn.LayerNorm(sizes.width) if sizes.unused_norm else None
        self.to_decoder = nn.Linear(sizes.width, sizes.decoder_width)
        self.mask_token = nn.Parameter(0.02 * torch.randn(sizes.decoder_width))
        self.decoder = blocks(sizes.decoder_blocks, sizes.decoder_width)
        self.decoder_norm = nn.LayerNorm(sizes.decoder_width)
        self.recovery = PatchRecovery(sizes.decoder_width, outputs, grid)
        self.encoder_positions: Tensor
        self.decoder_positions: Tensor
        self.register_buffer("encoder_positions", fixed_positions(grid, sizes.width), persistent=False)
        self.register_buffer("decoder_positions", fixed_positions(grid, sizes.decoder_width), persistent=False)

    def features(self, inputs: Tensor, kept: Tensor | None = None) -> Tensor:
        """Encode fields.

        Parameters
        ----------
        inputs : tensor, shape (batch, inputs, latitude, longitude)
            Finite, on land too.
        kept : int64 tensor, shape (batch, kept), or None
            Patches that are read, increasing (`masking.kept_tokens`); None for all.

        Returns
        -------
        tensor, shape (batch, row, column, width)
            Normalised features of every patch, hidden ones too.
        """
        tokens = take_tokens(self.embedding(inputs) + self.encoder_positions, kept)
        for block in self.encoder:
            tokens = block(tokens, Layout(self.grid, kept))
        tokens = self.to_decoder(self.encoder_norm(tokens))
        tokens = put_tokens(tokens, kept, self.mask_token, self.grid.tokens) + self.decoder_positions
        for block in self.decoder:
            tokens = block(tokens, Layout(self.grid))
        features: Tensor = self.decoder_norm(tokens)
        return self.grid.arrange(features)

    def recover(self, features: Tensor) -> Tensor:
        """Make fields of features.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            As from `features`.

        Returns
        -------
        tensor, shape (batch, outputs, latitude, longitude)
        """
        fields: Tensor = self.recovery(features)
        return fields

    def forward(self, inputs: Tensor, kept: Tensor | None = None) -> Tensor:
        """Encode and recover fields.

        Parameters
        ----------
        inputs, kept : tensor
            As of `features`.

        Returns
        -------
        tensor, shape (batch, outputs, latitude, longitude)
        """
        return self.recover(self.features(inputs, kept))


class FourCastNet(nn.Module):
    """Fourier blocks over rows and columns of all patches, with learned positions (Pathak et al. 2022).

    Parameters
    ----------
    inputs, outputs : int
        Channels before and after.
    latitude, longitude : int
        Cells of the grid.
    sizes : FourCastNetSizes
        Sizes of the network.
    periodic : bool
        Whether the grid goes round the globe.
    recompute : bool
        Computes blocks again in the backward pass: less memory, same result.

    Examples
    --------
    >>> FourCastNet(3, 2, 12, 16, FourCastNetSizes(width=16, blocks=1))(torch.zeros(1, 3, 12, 16)).shape
    torch.Size([1, 2, 12, 16])
    """

    def __init__(
        self, inputs: int, outputs: int, latitude: int, longitude: int, sizes: FourCastNetSizes,
        periodic: bool = False, recompute: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.grid = grid = PatchGrid(latitude, longitude, sizes.patch, periodic)
        self.width, self.tokens, self.patch = sizes.width, grid.tokens, sizes.patch
        self.embedding = PatchEmbedding(inputs, sizes.width, grid)
        self.positions = nn.Parameter(0.02 * torch.randn(grid.tokens, sizes.width))
        one = (sizes.width, sizes.groups, "grid", sizes.expansion, grid if sizes.local else None, recompute)
        self.blocks = nn.ModuleList([FourierBlock(*one) for _ in range(sizes.blocks)])
        self.recovery = PatchRecovery(sizes.width, outputs, grid, bias=False)

    def features(self, inputs: Tensor, kept: Tensor | None = None) -> Tensor:
        """Encode fields.

        Parameters
        ----------
        inputs : tensor, shape (batch, inputs, latitude, longitude)
            Finite, on land too.
        kept : None
            This network reads all patches.

        Returns
        -------
        tensor, shape (batch, row, column, width)

        Raises
        ------
        ValueError
            If patches are to be hidden.
        """
        if kept is not None:
            raise ValueError("FourCastNet reads all patches: hide none")
        tokens = self.embedding(inputs) + self.positions
        for block in self.blocks:
            tokens = block(tokens, Layout(self.grid))
        return self.grid.arrange(tokens)

    def recover(self, features: Tensor) -> Tensor:
        """Make fields of features.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            As from `features`.

        Returns
        -------
        tensor, shape (batch, outputs, latitude, longitude)
        """
        fields: Tensor = self.recovery(features)
        return fields

    def forward(self, inputs: Tensor, kept: Tensor | None = None) -> Tensor:
        """Encode and recover fields.

        Parameters
        ----------
        inputs, kept : tensor
            As of `features`.

        Returns
        -------
        tensor, shape (batch, outputs, latitude, longitude)
        """
        return self.recover(self.features(inputs, kept))


def published() -> FourierMaskedAutoencoder:
    """Build the autoencoder at its published sizes: 113,891,901 trained parameters, 24,883,200 fixed positions.

    Returns
    -------
    FourierMaskedAutoencoder
        For 67 channels in and 61 out on 720 x 1440 cells.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     network = published()
    >>> sum(parameter.numel() for parameter in network.parameters())
    113891901
    """
    return FourierMaskedAutoencoder(STATE + FORCING + TOPOGRAPHY, STATE, ROWS, COLUMNS, PUBLISHED, periodic=True)


def published_fourcastnet() -> FourCastNet:
    """Build FourCastNet at the size that AI-GOMS was compared with: 79,015,680 parameters.

    Returns
    -------
    FourCastNet
        For 67 channels in and 61 out on 720 x 1440 cells.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     network = published_fourcastnet()
    >>> sum(parameter.numel() for parameter in network.parameters())
    79015680
    """
    sizes = PUBLISHED_FOURCASTNET
    return FourCastNet(STATE + FORCING + TOPOGRAPHY, STATE, ROWS, COLUMNS, sizes, periodic=True)
