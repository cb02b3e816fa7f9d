"""The autoencoder itself: one linear layer in, a rule of sparsity, one linear layer out."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from saetm.sae.reconstruction import SparseReconstruction
from saetm.sae.sparsity import Sparsity

_DENSE_SHARE = 0.1  # of entries active, from which on dense products are faster on a CPU
_TINY = 1e-12  # below any residual of embeddings with a total variance of one


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over n items gives."""

    activations: Tensor  # (n, K) after it, without gradient
    reconstruction: Tensor  # (n, D)
    penalty: Tensor  # () cost of the active features


class Autoencoder(nn.Module):
    """a = act(W_e (x - b_d) + b_e), reconstruction = W_d a + b_d (SAE-TM, section 3.1).

    Rows of the decoder have norm one at the start; training keeps them there.
    """

    def __init__(
        self,
        directions: Tensor,
        centre: Tensor,
        sparsity: Sparsity,
        *,
        encoder_scale: float,
    ) -> None:
        """Start from K directions.

        Args:
            directions: (K, D) initial decoder rows, of any positive norm.
            centre: (D,) initial decoder bias.
            sparsity: the rule that keeps few features active.
            encoder_scale: encoder rows at the start, as a multiple of the decoder's. A small
                encoder lets the first steps choose the features; it matters more than any
                other choice of the start.
        """
        super().__init__()
        decoder = functional.normalize(directions, dim=1)
        self.decoder = nn.Parameter(decoder)
        self.encoder = nn.Parameter(encoder_scale * decoder)
        self.encoder_bias = nn.Parameter(torch.zeros_like(decoder[:, 0]))
        self.decoder_bias = nn.Parameter(centre.clone())
        self.sparsity = sparsity

    def forward(self, embeddings: Tensor) -> Pass:
        """Encode and reconstruct (n, D) embeddings."""
        activations = self.encode(embeddings)
        kept = activations.detach()
        if kept.count_nonzero() > _DENSE_SHARE * kept.numel():
            active, sums = activations, activations @ self.decoder
        else:
            sums, active = SparseReconstruction.apply(  # type: ignore[no-untyped-call]  # Torch
                embeddings - self.decoder_bias,
                self.encoder,
                self.encoder_bias,
                self.decoder,
                kept,
            )
        penalty = self.sparsity.penalty(active.sum() / len(embeddings))
        return Pass(kept, sums + self.decoder_bias, penalty)

    def encode(self, embeddings: Tensor) -> Tensor:
        """Return the (n, K) activations of (n, D) embeddings."""
        centred = embeddings - self.decoder_bias
        return self.sparsity(functional.linear(centred, self.encoder, self.encoder_bias))

    def revive(self, embeddings: Tensor, residual: Tensor, dead: Tensor, *, limit: int) -> Tensor:
        """Return how much of the residual dead features leave unexplained, as a share.

        Args:
            embeddings: (n, D) items.
            residual: (n, D) what the living features left, without gradient.
            dead: (d,) ids of the dead features, at least one.
            limit: dead features that may take part in one item.
        """
        centred = embeddings - self.decoder_bias
        pre = functional.linear(centred, self.encoder[dead], self.encoder_bias[dead])
        largest = pre.topk(min(limit, len(dead)), dim=1, sorted=False)
        activations = torch.zeros_like(pre).scatter(1, largest.indices, largest.values.relu())
        missed = (residual - activations @ self.decoder[dead]).square().sum()
        return missed / residual.square().sum().clamp_min(_TINY)

    @torch.no_grad()
    def constrain(self, *, pull: float) -> None:
        """Scale decoder rows back to norm one, and pull encoder rows towards their direction.

        Args:
            pull: share of an encoder row's part across its decoder row to take away, in [0, 1].
        """
        self.decoder.copy_(functional.normalize(self.decoder, dim=1))
        along = (self.encoder * self.decoder).sum(dim=1, keepdim=True) * self.decoder
        self.encoder.lerp_(along, pull)
