"""What is put on a spool comes back, as often as it is read."""

import numpy as np
from scipy import sparse

from resources.spool import Spool


def test_blocks_come_back_in_order_at_every_reading(tmp_path):
    rng = np.random.default_rng(0)
    pairs = [
        (
            sparse.csr_array((rng.random((rows, 4)) < 0.5).astype(np.float32)),
            sparse.csr_array(rng.poisson(0.3, (rows, 7)).astype(float)),
        )
        for rows in (3, 0, 12)
    ]

    spool = Spool.fill(tmp_path, iter(pairs))

    for _ in range(2):
        read = list(spool)
        assert len(read) == len(pairs)
        for pair, expected in zip(read, pairs, strict=True):
            for found, wanted in zip(pair, expected, strict=True):
                assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
                np.testing.assert_array_equal(found.toarray(), wanted.toarray())
