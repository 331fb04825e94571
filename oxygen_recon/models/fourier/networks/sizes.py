"""Sizes of the networks for daily forecasts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from qc.config import Strict


class FourierSizes(Strict):
    """Sizes of the Fourier masked autoencoder.

    Parameters
    ----------
    patch : int
        Cells a side of a patch.
    width, decoder_width : int
        Features of a token in the encoder and in the decoder; multiples of 4 and of `groups`.
    blocks, decoder_blocks : int
        Fourier blocks of the encoder and of the decoder.
    groups : int
        Blocks of features that do not mix in a Fourier layer.
    expansion : int
        Hidden features of the network on each token, in widths.
    mixing : {"sequence", "grid"}
        What Fourier layers transform: the sequence of tokens (1-D, as published), or rows and columns (2-D) where no
        patch is hidden.
    local : bool
        Whether each block also reads the neighbouring patches by a depthwise 3 x 3 convolution.
    unused_norm : bool
        Whether there is a layer norm that nothing reads, as in the published network, whose parameters count it.
    """

    patch: int = Field(default=4, ge=1)
    width: int = Field(default=96, ge=4)
    decoder_width: int = Field(default=96, ge=4)
    blocks: int = Field(default=3, ge=1)
    decoder_blocks: int = Field(default=1, ge=1)
    groups: int = Field(default=8, ge=1)
    expansion: int = Field(default=2, ge=1)
    mixing: Literal["sequence", "grid"] = "grid"
    local: bool = True
    unused_norm: bool = False

    @model_validator(mode="after")
    def _divisible(self) -> FourierSizes:
        for name, width in (("width", self.width), ("decoder_width", self.decoder_width)):
            if width % self.groups or width % 4:
                raise ValueError(f"{name} {width} is no multiple of 4 and of groups {self.groups}")
        return self


class FourCastNetSizes(Strict):
    """Sizes of FourCastNet (Pathak et al. 2022), which reads all patches and has learned positions.

    Parameters
    ----------
    patch : int
        Cells a side of a patch.
    width : int
        Features of a token; a multiple of `groups`.
    blocks : int
        Fourier blocks, 2-D.
    groups : int
        Blocks of features that do not mix in a Fourier layer.
    expansion : int
        Hidden features of the network on each token, in widths.
    local : bool
        Whether each block also reads the neighbouring patches by a depthwise 3 x 3 convolution.
    """

    patch: int = Field(default=4, ge=1)
    width: int = Field(default=96, ge=4)
    blocks: int = Field(default=4, ge=1)
    groups: int = Field(default=8, ge=1)
    expansion: int = Field(default=2, ge=1)
    local: bool = False

    @model_validator(mode="after")
    def _divisible(self) -> FourCastNetSizes:
        if self.width % self.groups:
            raise ValueError(f"width {self.width} is no multiple of groups {self.groups}")
        return self


class UNetSizes(Strict):
    """Sizes of a small U-Net.

    Parameters
    ----------
    width : int
        Features at full resolution; each coarser level has twice as many, up to four times.
    levels : int
        Resolutions, each half of the one before.
    """

    width: int = Field(default=32, ge=4)
    levels: int = Field(default=3, ge=1)


PUBLISHED = FourierSizes(
    patch=8, width=512, decoder_width=1024, blocks=16, decoder_blocks=8, groups=8, expansion=4, mixing="sequence",
    local=False, unused_norm=True,
)  # fmt: skip
PUBLISHED_FOURCASTNET = FourCastNetSizes(patch=8, width=768, blocks=12, groups=8, expansion=4)
