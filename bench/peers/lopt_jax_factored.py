"""The optimizer `factored` in JAX, for lopt_jax.py: AdafacMLPLOpt of google/learned_optimization,
features and decays as problems/lopt/factored_features.h and factored.c write them down.

    plain   the 39 features of every weight stacked and sent through the network
    tuned   the time folded into the first layer's biases, what normalizes the features into its
            weights; features of a row or a column, and their share of the first layer, found once
            for it; the sums of the three small layers written out, so that XLA may fuse the
            features, the network and the step
"""

from lopt_jax_network import plain_network, unpack

MOMENTA, FACTORS = (0.1, 0.01, 0.001), (0.1, 0.01, 0.001)  # 1 - decay at the start
SQUARE = 0.001
SIZES = [39, 4, 4, 2]
OWN = 28
DECAYS = len(MOMENTA) + 1 + len(FACTORS)  # theta begins with them
NUM_PARAMS = DECAYS + sum((m + 1) * n for m, n in zip(SIZES, SIZES[1:]))
# Weights of the network that every inner weight needs, rows, columns and time folded.
COUNTED = 16 * SIZES[1] + SIZES[1] * SIZES[2] + SIZES[2] * SIZES[3]

# Which rows of the first layer belong to a weight, to v_row and its roots, to v_col and its.
OF_WEIGHTS = list(range(13)) + [25, 26, 27]
OF_V_ROW, OF_V_COL = [13, 14, 15, 19, 20, 21], [16, 17, 18, 22, 23, 24]


def zeros(jnp, particles, shape):
    """What is kept of a tensor of every particle: m, s, v of rows and of columns."""
    rows = shape[:1] if len(shape) > 1 else (0,)
    return (jnp.zeros((particles, 3) + shape), jnp.zeros((particles,) + shape),
            jnp.zeros((particles, 3) + rows), jnp.zeros((particles, 3) + shape[-1:]))


def advance(jnp, theta, g, memory):
    """All running means take a step."""
    m, s, rows, columns = memory
    momentum = jnp.array(MOMENTA) * jnp.exp(10 * theta[:3])
    square = jnp.minimum(SQUARE * jnp.exp(10 * theta[3]), 1)
    factored = jnp.minimum(jnp.array(FACTORS) * jnp.exp(10 * theta[4:DECAYS]), 1)[:, None]
    add = momentum.reshape((3,) + (1,) * g.ndim)
    g2 = g * g
    m, s = (1 - add) * m + add * g, (1 - square) * s + square * g2
    if g.ndim == 1:
        return m, s, rows, (1 - factored) * columns + factored * (g2 + 1e-30)
    return (m, s, (1 - factored) * rows + factored * (jnp.mean(g2, axis=1) + 1e-30),
            (1 - factored) * columns + factored * (jnp.mean(g2, axis=0) + 1e-30))


def root(jax, jnp, v):
    return jax.lax.rsqrt(jnp.maximum(v, 1e-9))


def scaled(jnp, v):
    """v_row over its mean."""
    return v / (jnp.mean(v, axis=1, keepdims=True) + 1e-9)


def sides(jax, jnp, g, rows, columns):
    """v_row, v_col, and what stands beside g and m, in shapes that broadcast to 3 x the tensor's."""
    if g.ndim == 1:
        return columns, columns, root(jax, jnp, columns + 1e-9), jax.lax.rsqrt(columns + 1e-6)
    short = rows.shape[1] <= columns.shape[1]
    a_row = root(jax, jnp, scaled(jnp, rows) if short else rows)[:, :, None]
    a_col = root(jax, jnp, columns if short else scaled(jnp, columns))[:, None, :]
    v = (rows[:, :, None], columns[:, None, :])
    beside = a_row * a_col
    return v[0 if short else 1], v[1 if short else 0], beside, beside


def stepped(jnp, w, direction, magnitude):
    return w - 0.001 * direction * jnp.exp(0.001 * magnitude)


def plain_step(jax, jnp, chunk):
    def step(theta, times, w, g, memory):
        memory = m, s, rows, columns = advance(jnp, theta, g, memory)
        v_row, v_col, beside_g, beside_m = sides(jax, jnp, g, rows, columns)
        inverse = jax.lax.rsqrt(s + 1e-6)
        parts = [g[None], w[None], m, s[None], m * inverse, inverse[None], g * beside_g, v_row, v_col,
                 jax.lax.rsqrt(v_row + 1e-8), jax.lax.rsqrt(v_col + 1e-8), m * beside_m]
        own = jnp.concatenate([jnp.broadcast_to(p, p.shape[:1] + g.shape) for p in parts])
        answer = plain_network(jax, jnp, unpack(theta, SIZES, DECAYS), own, times)
        return stepped(jnp, w, *answer), memory

    return step


def tuned_step(jax, jnp, chunk):
    def normalized(first, places, features):
        """The rows of the first layer at `places`, each divided by its feature's root mean square."""
        mean = jnp.stack([jnp.mean(f * f) for f in features])
        return first[jnp.array(places)] * jax.lax.rsqrt(1e-5 + mean)[:, None]

    def share(first, places, v):
        """What v and its roots add to the first layer's sums: units x their side."""
        features = [*v, *jax.lax.rsqrt(v + 1e-8)]
        weights = normalized(first, places, features)
        return [sum(weights[i, u] * f for i, f in enumerate(features)) for u in range(SIZES[1])]

    def layer(x, a, b):
        return [sum((a[i, u] * x[i] for i in range(len(x))), b[u]) for u in range(a.shape[1])]

    def step(theta, times, w, g, memory):
        memory = m, s, rows, columns = advance(jnp, theta, g, memory)
        v_row, v_col, beside_g, beside_m = sides(jax, jnp, g, rows, columns)
        inverse = jax.lax.rsqrt(s + 1e-6)
        own = [g, w, *m, s, *(m * inverse), inverse, *(g * beside_g), *(m * beside_m)]
        (first, bias), second, third = unpack(theta, SIZES, DECAYS)
        bias = times @ first[OWN:] + bias
        of_row, of_col = share(first, OF_V_ROW, v_row), share(first, OF_V_COL, v_col)
        start = [bias[u] + of_row[u] + of_col[u] for u in range(SIZES[1])]
        hidden = [jax.nn.relu(x) for x in layer(own, normalized(first, OF_WEIGHTS, own), start)]
        hidden = [jax.nn.relu(x) for x in layer(hidden, *second)]
        return stepped(jnp, w, *layer(hidden, *third)), memory

    return step
