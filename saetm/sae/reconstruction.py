"""Decoder sums of few active features, with the gradients of all parameters."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from saetm.sae.pattern import Pattern


class SparseReconstruction(Function):
    """Reconstruct items from the features that are active, exact in value and gradient.

    The same as `values = ((embeddings - centre) @ encoder.T + bias)[active]` and
    `activations @ decoder + centre`, where the activations hold those values and zeros.
    """

    @staticmethod
    def forward(  # noqa: PLR0913, PLR0917 - Torch passes an argument per gradient
        ctx: Any,  # noqa: ANN401 - Torch's own context
        items: Tensor,
        encoder: Tensor,
        _encoder_bias: Tensor,
        decoder: Tensor,
        centre: Tensor,
        pattern: Pattern,
        values: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Sum decoder rows.

        Args:
            ctx: what the backward pass needs.
            items: (n, D) centred embeddings, without gradient.
            encoder: (K, D), which gave the values; it and its bias get gradients only.
            _encoder_bias: (K,).
            decoder: (K, D).
            centre: (D,) decoder bias.
            pattern: the active entries.
            values: (A,) what they are.

        Returns:
            (n, D) reconstruction; (A,) the active values, whose gradients reach the encoder.
        """
        ctx.pattern = pattern
        ctx.save_for_backward(items, encoder, decoder, values)
        return pattern.sums(values, decoder) + centre, values.clone()

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401 - Torch's own context
        out_gradient: Tensor,
        value_gradient: Tensor,
    ) -> tuple[None, Tensor, Tensor, Tensor, Tensor, None, None]:
        """Return the gradients of encoder, encoder bias, decoder and centre.

        The centre is taken from every item before the encoder, so what its features pass on to
        it are the encoder's rows times the gradient of the encoder's bias.
        """
        items, encoder, decoder, values = ctx.saved_tensors
        out_gradient = out_gradient.contiguous()
        gradient = ctx.pattern.products(out_gradient, decoder) + value_gradient
        by_feature, order = ctx.pattern.transposed()
        of_bias = torch.zeros_like(decoder[:, 0]).index_add_(0, ctx.pattern.columns, gradient)
        return (
            None,
            by_feature.sums(gradient.index_select(0, order), items),
            of_bias,
            by_feature.sums(values.index_select(0, order), out_gradient),
            out_gradient.sum(dim=0) - of_bias @ encoder,
            None,
            None,
        )
