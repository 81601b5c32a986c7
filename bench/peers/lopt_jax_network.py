"""The network of a learned optimizer in JAX, for the peers in this folder."""


def unpack(theta, sizes, at=0):
    """[(w, b)] of layers of these sizes, whose flat parameters begin at `at`."""
    out = []
    for m, n in zip(sizes, sizes[1:]):
        out.append((theta[at:at + m * n].reshape(m, n), theta[at + m * n:at + (m + 1) * n]))
        at += (m + 1) * n
    return out


def plain_network(jax, jnp, layers, own, times):
    """What the layers say of weights whose own features are `own` (features x weights): own is divided
    by its root mean squares, the features of the time are put behind."""
    own = own * jax.lax.rsqrt(1e-5 + jnp.mean(own ** 2, axis=tuple(range(1, own.ndim)),
                                              keepdims=True))
    x = jnp.concatenate([jnp.moveaxis(own, 0, -1),
                         jnp.broadcast_to(times, own.shape[1:] + times.shape)], axis=-1)
    for i, (a, b) in enumerate(layers):
        x = x @ a + b
        x = jax.nn.relu(x) if i + 1 < len(layers) else x
    return x[..., 0], x[..., 1]
