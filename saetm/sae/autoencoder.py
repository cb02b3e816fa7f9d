"""The autoencoder itself: one linear layer in, a rule of sparsity, one linear layer out."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from saetm.sae.pattern import Pattern
from saetm.sae.peers import ALONE, Peers
from saetm.sae.preactivations import Preactivations
from saetm.sae.reconstruction import SparseReconstruction
from saetm.sae.sparsity import Sparsity


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over n items gives."""

    active: Pattern  # which features are active in which items
    activations: Tensor  # (A,) how strongly, without gradient
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

    def forward(self, embeddings: Tensor, peers: Peers = ALONE) -> Pass:
        """Encode and reconstruct (n, D) embeddings, in training a share of a batch."""
        items = embeddings - self.decoder_bias.detach()
        active, activations = self.activate(items, peers)
        reconstruction, values = SparseReconstruction.apply(  # type: ignore[no-untyped-call]
            items,
            self.encoder,
            self.encoder_bias,
            self.decoder,
            self.decoder_bias,
            active,
            activations,
        )
        penalty = self.sparsity.penalty(values.sum() / len(items))
        return Pass(active, activations, reconstruction, penalty)

    @torch.no_grad()
    def activate(self, items: Tensor, peers: Peers = ALONE) -> tuple[Pattern, Tensor]:
        """Return which features of (n, D) centred embeddings are active, and how strongly."""
        pre = Preactivations(items, self.encoder, self.encoder_bias, peers=peers)
        active, activations = self.sparsity(pre)
        return active, activations

    @torch.no_grad()
    def constrain(self, *, pull: float) -> None:
        """Scale decoder rows back to norm one, and pull encoder rows towards their direction.

        Args:
            pull: share of an encoder row's part across its decoder row to take away, in [0, 1].
        """
        self.decoder.div_(torch.linalg.vector_norm(self.decoder, dim=1, keepdim=True))
        along = torch.linalg.vecdot(self.encoder, self.decoder)[:, None]
        self.encoder.mul_(1 - pull).addcmul_(self.decoder, along, value=pull)
