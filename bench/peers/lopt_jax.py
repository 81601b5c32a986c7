#!/usr/bin/env python3
"""The workloads of learned_optimizer in JAX, for comparison with bench-lopt and `pes bench`.

    python3 bench/peers/lopt_jax.py [--task cifar10|fashion|general] [--optimizer mlp|factored]
                                    [--variant plain|tuned] [--particles N] [--truncation K]
                                    [--threads 2] [--seconds S]

Prints one JSON object in the form of `pes bench --json`, with steps for a second of processor time,
which other programs on the machine disturb less, and the peak of resident memory. Needs `pip install
jax`. Inputs are noise: speed does not depend on them.

    cifar10   3072-128-128-10, ReLU       N = 4, K = 10 unless told
    fashion   64-32-32-32-10, GELU        N = 200, K = 1
    general   64-32-10, ReLU              N = 8, K = 50

One outer update is one jitted call: perturb the numbers of the optimizer, 1762 of `mlp`
(19-32-32-2) and 197 of `factored` (lopt_jax_factored.py), in antithetic pairs, scan over K inner
steps (gradient of a minibatch of 128 that a pair shares, one step of the learned optimizer, the loss
of a fresh minibatch), credit xi, sum the gradient.

Variants of `mlp`:

    plain   vmap over particles; the 19 features of every weight stacked and sent through the network
    tuned   the time folded into the first layer's biases once a step, and what normalizes the
            features into its weights once a tensor; features side by side, 8 x n, as the momenta lie;
            long tensors in chunks that stay in the cache; particles spread over one CPU device a
            thread by shard_map
"""

import argparse
import json
import os
import resource
import sys
import time

import lopt_jax_factored
from jax_devices import over_devices, split_state
from lopt_jax_network import plain_network, unpack

TASKS = {  # layers, activation, particles, truncation
    "cifar10": ([3072, 128, 128, 10], "relu", 4, 10),
    "fashion": ([64, 32, 32, 32, 10], "gelu", 200, 1),
    "general": ([64, 32, 10], "relu", 8, 50),
}
BATCH, IMAGES, SIGMA, HORIZON = 128, 4096, 0.01, 1000
DECAYS = (0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
TAUS = (1, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5)
SIZES = [19, 32, 32, 2]
OWN = 2 + len(DECAYS)
NUM_PARAMS = sum((m + 1) * n for m, n in zip(SIZES, SIZES[1:]))
COUNTED = OWN * SIZES[1] + SIZES[1] * SIZES[2] + SIZES[2] * SIZES[3]


def flops_per_step(layers, counted):
    """As the library counts: forward, backward, a fresh minibatch forward, and two operations for
    each weight of the optimizer's network and inner weight, what is the same for many folded."""
    products = [2.0 * BATCH * m * n for m, n in zip(layers, layers[1:])]
    weights = sum((m + 1) * n for m, n in zip(layers, layers[1:]))
    return 4.0 * sum(products) - products[0] + 2.0 * counted * weights


# ---- what a step of one tensor is ------------------------------------------------------------


def plain_step(jax, jnp, chunk):
    def step(theta, times, w, g, momenta):
        decays = jnp.array(DECAYS).reshape((-1,) + (1,) * w.ndim)
        momenta = decays * momenta + (1 - decays) * g
        own = jnp.concatenate([g[None], w[None], momenta])
        d, m = plain_network(jax, jnp, unpack(theta, SIZES), own, times)
        return w - 0.001 * d * jnp.exp(0.001 * m), momenta

    return step


def tuned_step(jax, jnp, chunk):
    def network(first, bias, rest, own):
        x = jax.nn.relu(first @ own + bias)
        (a, b), (c, d) = rest
        x = jax.nn.relu(a.T @ x + b[:, None])
        return c.T @ x + d[:, None]

    def step(theta, times, w, g, momenta):
        decays = jnp.array(DECAYS)[:, None]
        flat_w, flat_g = w.reshape(-1), g.reshape(-1)
        momenta = decays * momenta + (1 - decays) * flat_g
        own = jnp.concatenate([flat_g[None], flat_w[None], momenta])
        (a, b), *rest = unpack(theta, SIZES)
        factor = jax.lax.rsqrt(1e-5 + jnp.mean(own ** 2, axis=1))
        first, bias = (a[:OWN] * factor[:, None]).T, (times @ a[OWN:] + b)[:, None]
        n = flat_w.size
        if n > 2 * chunk and n % chunk == 0:
            parts = own.reshape(OWN, n // chunk, chunk).transpose(1, 0, 2)
            out = jax.lax.map(lambda part: network(first, bias, rest, part), parts)
            out = out.transpose(1, 0, 2).reshape(2, n)
        else:
            out = network(first, bias, rest, own)
        return (flat_w - 0.001 * out[0] * jnp.exp(0.001 * out[1])).reshape(w.shape), momenta

    return step


# ---- an outer update -------------------------------------------------------------------------


def make_update(jax, jnp, options, layers, activation, particles):
    tuned = options.variant == "tuned"
    factored = options.optimizer == "factored"
    makers = lopt_jax_factored if factored else sys.modules[__name__]
    step = (makers.tuned_step if tuned else makers.plain_step)(jax, jnp, options.chunk)
    act = {"relu": jax.nn.relu, "gelu": lambda x: jax.nn.gelu(x, approximate=True)}[activation]
    num_params = makers.NUM_PARAMS

    def zeros_beside(weights):
        if factored:
            return lopt_jax_factored.zeros(jnp, particles, weights.shape[1:])
        shape = (weights[0].size,) if tuned else weights.shape[1:]
        return jnp.zeros((particles, len(DECAYS)) + shape)

    def loss_of(weights, x, y):
        for i, (w, b) in enumerate(weights):
            x = x @ w + b
            x = act(x) if i + 1 < len(weights) else x
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], axis=1))

    def one(theta, state, t, x, y, x_fresh, y_fresh):
        weights, momenta = state
        grads = jax.grad(loss_of)(weights, x, y)
        times = jnp.tanh(t / jnp.array(TAUS) - 1.0)
        flat_w, tree = jax.tree.flatten(weights)
        both = [step(theta, times, w, g, m)
                for w, g, m in zip(flat_w, jax.tree.leaves(grads), momenta)]
        weights = jax.tree.unflatten(tree, [w for w, _ in both])
        return (weights, [m for _, m in both]), loss_of(weights, x_fresh, y_fresh)

    def initial(key):
        def pair(key):
            weights = []
            for i, (m, n) in enumerate(zip(layers, layers[1:])):
                w = jax.random.truncated_normal(jax.random.fold_in(key, i), -2, 2, (m, n))
                weights.append((w / m ** 0.5, jnp.zeros(n)))
            return weights
        weights = jax.vmap(pair)(jax.random.split(key, particles // 2))
        weights = jax.tree.map(lambda a: jnp.repeat(a, 2, axis=0), weights)
        return weights, [zeros_beside(a) for a in jax.tree.leaves(weights)]

    def update(theta, state, xi, clock, key, images, labels):
        key, use = jax.random.split(key)
        half = SIGMA * jax.random.normal(use, (particles // 2, num_params))
        eps = jnp.repeat(half, 2, axis=0) * jnp.tile(jnp.array([[1.0], [-1.0]]),
                                                     (particles // 2, 1))
        xi = jnp.where(clock == 0, eps, xi + eps)
        rows = theta + eps

        def body(carry, t):
            state, losses = carry
            picks = jax.random.randint(jax.random.fold_in(use, t), (2, particles // 2, BATCH), 0,
                                       IMAGES)
            picks = jnp.repeat(picks, 2, axis=1)
            state, loss = jax.vmap(one, in_axes=(0, 0, None, 0, 0, 0, 0))(
                rows, state, t.astype(jnp.float32), images[picks[0]], labels[picks[0]],
                images[picks[1]], labels[picks[1]])
            return (state, losses + loss), None

        (state, losses), _ = jax.lax.scan(body, (state, jnp.zeros(particles)),
                                          clock + jnp.arange(options.truncation))
        grad = jnp.mean(xi * losses[:, None], axis=0) / SIGMA ** 2
        return theta - 1e-9 * grad, state, xi, (clock + options.truncation) % HORIZON, key

    start = 0.1 * jax.random.normal(jax.random.PRNGKey(2), (num_params,))
    return update, initial, start


def measure(jax, jnp, options, layers, activation):
    devices = options.threads if options.variant == "tuned" else 1
    particles = options.particles // devices
    update, initial, theta = make_update(jax, jnp, options, layers, activation, particles)
    key = jax.random.PRNGKey(1)
    images = jax.random.normal(key, (IMAGES, layers[0]))
    labels = jax.random.randint(key, (IMAGES,), 0, layers[-1])
    state = (theta, initial(key), jnp.zeros((particles, theta.size)), jnp.array(0), key)
    if devices > 1:
        update = over_devices(jax, update, devices)
        state = split_state(jax, jnp, state, devices)
    update = jax.jit(update, donate_argnums=(1,))
    for _ in range(2):
        state = jax.block_until_ready(update(*state, images, labels))
    steps = options.particles * options.truncation
    rates, processor_rates = [], []
    end = time.monotonic() + options.seconds
    while time.monotonic() < end or len(rates) < 3:
        start, spent = time.monotonic(), time.process_time()
        state = jax.block_until_ready(update(*state, images, labels))
        rates.append(steps / (time.monotonic() - start))
        processor_rates.append(steps / (time.process_time() - spent))
    return sorted(rates)[len(rates) // 2], sorted(processor_rates)[len(rates) // 2]


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", choices=tuple(TASKS), default="cifar10")
    parser.add_argument("--optimizer", choices=("mlp", "factored"), default="mlp")
    parser.add_argument("--variant", choices=("plain", "tuned"), default="tuned")
    parser.add_argument("--particles", type=int)
    parser.add_argument("--truncation", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--chunk", type=int, default=2048,
                        help="tuned: weights that go through the network at a time")
    parser.add_argument("--seconds", type=float, default=10.0)
    return parser.parse_args()


def main():
    options = read_options()
    layers, activation, particles, truncation = TASKS[options.task]
    options.particles = options.particles or particles
    options.truncation = options.truncation or truncation
    if options.particles % (2 * options.threads):
        sys.exit("lopt_jax: particles must be a multiple of twice the threads")
    # One XLA device a thread, and no more processors than were asked for.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])
    os.environ["XLA_FLAGS"] = (os.environ.get("XLA_FLAGS", "") +
                               f" --xla_force_host_platform_device_count={options.threads}")
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp
    counted = lopt_jax_factored.COUNTED if options.optimizer == "factored" else COUNTED
    rate, processor_rate = measure(jax, jnp, options, layers, activation)
    print(json.dumps({
        "name": f"learned_optimizer_{options.task}", "optimizer": options.optimizer,
        "peer": f"jax {jax.__version__}",
        "variant": options.variant, "particles": options.particles,
        "truncation": options.truncation, "threads": options.threads,
        "inner_steps_per_second": round(rate, 1),
        "inner_steps_per_processor_second": round(processor_rate, 1),
        "gflops": round(1e-9 * rate * flops_per_step(layers, counted), 2),
        "resident_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}), flush=True)


if __name__ == "__main__":
    main()
