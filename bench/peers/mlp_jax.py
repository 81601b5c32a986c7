#!/usr/bin/env python3
"""The workload mlp_training in JAX, for comparison with `pes bench mlp_training --json`.

    python3 bench/peers/mlp_jax.py [--variant plain|tuned] [--particles N] [--truncation K]
                                   [--hidden LAYERS] [--threads 2] [--seconds S] [--data DIR]

Prints one JSON object a variant in the form of `pes bench --json`. Needs `pip install jax`.

One outer update is one jitted call: perturb theta in antithetic pairs, scan over K inner steps of
an MLP 784-100-100-10, or with LAYERS hidden layers of 100 (SGD with momentum 0.9 under a learning rate a / (1 + t/5000)^b, minibatch
100, then the loss on a fresh minibatch), credit xi, sum the gradient. All particles share their
minibatches, as in the published code, which is what lets the first layers become one product.
Minibatches are drawn with replacement here, which is cheaper than without.

    plain   vmap over particles of a scan over steps, as one would write it first
    tuned   weights of the first layer side by side, 784 x (N 100), so that shared minibatches meet
            them in one product; backward written out; particles spread over one CPU device a
            thread by shard_map
"""

import argparse
import gzip
import json
import os
import pathlib
import sys
import time

from jax_devices import over_devices, split_state

LAYERS = [784, 100, 100, 10]
BATCH = 100
MOMENTUM = 0.9
HORIZON = 5000
SIGMA = 0.1
TRAINING_IMAGES = 50000


def read_idx(path):
    import numpy as np
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        data = file.read()
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def find_file(folder, name):
    for candidate in (folder / name, folder / (name + ".gz")):
        if candidate.is_file():
            return candidate
    return None


def load_images(data):
    """MNIST where it is found, else noise of the same shape: speed does not depend on it."""
    import numpy as np
    folder = pathlib.Path(data or os.environ.get("PES_DATA", ".")) / "mnist"
    images = find_file(folder, "train-images-idx3-ubyte")
    labels = find_file(folder, "train-labels-idx1-ubyte")
    if images and labels:
        x = read_idx(images)[:TRAINING_IMAGES].reshape(-1, 784)
        y = read_idx(labels)[:TRAINING_IMAGES]
        name = "mnist"
    else:
        generator = np.random.default_rng(1)
        x = generator.integers(0, 256, (TRAINING_IMAGES, 784), np.uint8)
        y = generator.integers(0, 10, TRAINING_IMAGES, np.uint8)
        name = "noise"
    x = (x.astype(np.float32) / 255.0 - 0.13066) / 0.30811
    return x.astype(np.float32), y.astype(np.int32), name


def flops_per_step():
    """Products only, as the library counts them: forward and backward, and the evaluation."""
    products = [2.0 * BATCH * m * n for m, n in zip(LAYERS, LAYERS[1:])]
    return 4.0 * sum(products) - products[0]


# ---- one update, given how to advance all particles ------------------------------------------


def make_update(jax, jnp, step, initial, particles, truncation, total_images):
    """(theta, weights, xi, clock, key) -> the same after one update, and the gradient."""

    def perturb(theta, xi, clock, key):
        half = SIGMA * jax.random.normal(key, (particles // 2, 2))
        eps = jnp.repeat(half, 2, axis=0) * jnp.tile(jnp.array([[1.0], [-1.0]]),
                                                     (particles // 2, 1))
        return theta + eps, jnp.where(clock == 0, eps, xi + eps)

    def update(theta, weights, xi, clock, key, images, labels):
        key, use = jax.random.split(key)
        rows, xi = perturb(theta, xi, clock, use)
        fresh = initial(use)
        weights = jax.tree.map(lambda new, old: jnp.where(clock == 0, new, old), fresh, weights)

        def body(carry, t):
            state, losses = carry
            picks = jax.random.randint(jax.random.fold_in(use, t), (2, BATCH), 0, total_images)
            rate = jnp.exp(rows[:, 0]) / (1.0 + t / 5000.0) ** jnp.exp(rows[:, 1])
            state, loss = step(state, rate, images[picks[0]], labels[picks[0]],
                               images[picks[1]], labels[picks[1]])
            return (state, losses + loss), None

        times = clock + jnp.arange(truncation)
        (weights, losses), _ = jax.lax.scan(body, (weights, jnp.zeros(particles)), times)
        grad = jnp.mean(xi * losses[:, None], axis=0) / SIGMA ** 2
        return theta - 1e-9 * grad, weights, xi, (clock + truncation) % HORIZON, key

    return update


# ---- plain: one particle, and vmap -----------------------------------------------------------


def plain(jax, jnp, particles):
    def loss_of(weights, x, y):
        for i, (w, b) in enumerate(weights):
            x = x @ w + b
            x = jax.nn.relu(x) if i + 1 < len(weights) else x
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], axis=1))

    def one(state, rate, x, y, x_fresh, y_fresh):
        weights, velocity = state
        grads = jax.grad(loss_of)(weights, x, y)
        velocity = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocity, grads)
        weights = jax.tree.map(lambda w, v: w - rate * v, weights, velocity)
        return (weights, velocity), loss_of(weights, x_fresh, y_fresh)

    step = jax.vmap(one, in_axes=(0, 0, None, None, None, None))

    def initial(key):
        weights = []
        for i, (m, n) in enumerate(zip(LAYERS, LAYERS[1:])):
            w = jax.random.truncated_normal(jax.random.fold_in(key, i), -2, 2, (m, n)) / m ** 0.5
            weights.append((jnp.broadcast_to(w, (particles, m, n)), jnp.zeros((particles, n))))
        return weights, jax.tree.map(jnp.zeros_like, weights)

    return step, initial


# ---- tuned: first layers side by side, backward by hand --------------------------------------


def tuned(jax, jnp, particles):
    hidden = LAYERS[1]

    def forward(weights, x):
        units = [jax.nn.relu(x @ weights[0] + weights[1]).reshape(BATCH, particles, hidden)
                 .transpose(1, 0, 2)]
        for i in range(2, len(weights), 2):
            sums = units[-1] @ weights[i] + weights[i + 1][:, None, :]
            units.append(jax.nn.relu(sums) if i + 2 < len(weights) else sums)
        return units

    def backward(weights, x, y):
        *units, logits = forward(weights, x)
        above = (jax.nn.softmax(logits) - jax.nn.one_hot(y, LAYERS[-1])) / BATCH
        grads = ()
        for i in range(len(weights) - 2, 0, -2):
            below = units[i // 2 - 1]
            grads = (below.transpose(0, 2, 1) @ above, above.sum(1)) + grads
            above = jnp.where(below > 0, above @ weights[i].transpose(0, 2, 1), 0.0)
        above = above.transpose(1, 0, 2).reshape(BATCH, particles * hidden)
        return (x.T @ above, above.sum(0)) + grads

    def step(state, rate, x, y, x_fresh, y_fresh):
        weights, velocity = state
        grads = backward(weights, x, y)
        wide = jnp.repeat(rate, hidden)
        rates = (wide, wide) + (rate[:, None, None], rate[:, None]) * (len(weights) // 2 - 1)
        velocity = tuple(MOMENTUM * v + g for v, g in zip(velocity, grads))
        weights = tuple(w - r * v for w, r, v in zip(weights, rates, velocity))
        logits = jax.nn.log_softmax(forward(weights, x_fresh)[-1])
        picked = jnp.take_along_axis(logits, y_fresh[None, :, None], axis=2)[:, :, 0]
        return (weights, velocity), -picked.mean(axis=1)

    def initial(key):
        def draw(i):
            m, n = LAYERS[i], LAYERS[i + 1]
            return jax.random.truncated_normal(jax.random.fold_in(key, i), -2, 2, (m, n)) / m ** 0.5

        weights = (jnp.tile(draw(0), (1, particles)), jnp.zeros(particles * hidden))
        for i in range(1, len(LAYERS) - 1):
            m, n = LAYERS[i], LAYERS[i + 1]
            weights += (jnp.broadcast_to(draw(i), (particles, m, n)), jnp.zeros((particles, n)))
        return weights, tuple(jnp.zeros_like(w) for w in weights)

    return step, initial


# ---- measuring -------------------------------------------------------------------------------


def prepare(jax, jnp, variant, options, images):
    devices = options.threads if variant == "tuned" else 1
    particles = options.particles // devices
    step, initial = {"plain": plain, "tuned": tuned}[variant](jax, jnp, particles)
    update = make_update(jax, jnp, step, initial, particles, options.truncation, len(images))
    theta = jnp.array([-5.8, 3.4])
    key = jax.random.PRNGKey(1)
    state = (theta, initial(key), jnp.zeros((particles, 2)), jnp.array(0), key)
    if devices > 1:
        update = over_devices(jax, update, devices)
        state = split_state(jax, jnp, state, devices)
    return jax.jit(update, donate_argnums=(1,)), state


def measure(jax, jnp, variant, options, images, labels):
    update, state = prepare(jax, jnp, variant, options, images)
    for _ in range(2):
        state = jax.block_until_ready(update(*state, images, labels))
    rates = []
    end = time.monotonic() + options.seconds
    while time.monotonic() < end or len(rates) < 3:
        start = time.monotonic()
        state = jax.block_until_ready(update(*state, images, labels))
        rates.append(options.particles * options.truncation / (time.monotonic() - start))
    rates.sort()
    return rates[len(rates) // 2]


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variant", choices=("plain", "tuned"), help="both without it")
    parser.add_argument("--particles", type=int, default=100)
    parser.add_argument("--truncation", type=int, default=10)
    parser.add_argument("--hidden", type=int, default=2, help="hidden layers of 100 units")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--data", help="folder that holds mnist/; PES_DATA without it")
    return parser.parse_args()


def main():
    options = read_options()
    LAYERS[1:-1] = [100] * options.hidden
    if options.particles % (2 * options.threads):
        sys.exit("mlp_jax: particles must be a multiple of twice the threads")
    # One XLA device a thread, and no more processors than were asked for.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])
    os.environ["XLA_FLAGS"] = (os.environ.get("XLA_FLAGS", "") +
                               f" --xla_force_host_platform_device_count={options.threads}")
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp
    images, labels, source = load_images(options.data)
    images, labels = jnp.array(images), jnp.array(labels)
    for variant in [options.variant] if options.variant else ["plain", "tuned"]:
        rate = measure(jax, jnp, variant, options, images, labels)
        print(json.dumps({
            "name": "mlp_training" if options.hidden == 2 else "mlp_training_deep", "peer": f"jax {jax.__version__}", "variant": variant,
            "data": source, "particles": options.particles, "truncation": options.truncation,
            "threads": options.threads, "inner_steps_per_second": round(rate, 1),
            "gflops": round(1e-9 * rate * flops_per_step(), 2)}), flush=True)


if __name__ == "__main__":
    main()
