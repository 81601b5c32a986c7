#!/usr/bin/env python3
"""The small systems in JAX, for comparison with `pes bench NAME --json`.

    python3 bench/peers/systems_jax.py [NAME...] [--particles N] [--truncation K] [--threads 2]
                                       [--seconds S]

Prints one JSON object a system in the form of `pes bench --json`. Needs `pip install jax`.

PES with antithetic pairs and Adam. Not only the K inner steps of an update but many updates run
inside one jitted scan, so JAX pays nothing for dispatching them. XLA spreads the work over
processors as it sees fit; `--threads` is how many it may use.
"""

import argparse
import json
import os
import time

SIGMA = 0.1

# name: (numbers of particles, truncation, horizon), as pes bench has them
SIZES = {
    "linear": ((1000,), 10, 100),
    "regression2d": ((100, 1000), 10, 100),
    "influence": ((1000,), 1, 1 << 30),
    "lorenz": ((400,), 100, 2000),
    "lstm": ((1000,), 10, 1000),
}


# ---- systems: theta, the state at an episode's start, and step(theta, state, t) of one particle


def linear(jax, jnp):
    def step(theta, state, t):
        state = state + theta[0]
        return state, state

    return jnp.zeros(1), jnp.array(0.0), step


def regression2d(jax, jnp):
    def loss(x):
        return (jnp.sqrt(x[0] ** 2 + 5) - jnp.sqrt(5.0) +
                jnp.sin(x[1]) ** 2 * jnp.exp(-5 * x[0] ** 2) + 0.25 * jnp.abs(x[1] - 100))

    slope = jax.grad(loss)

    def step(theta, x, t):
        share = t / 100
        rate = (1 - share) * jnp.exp(theta[0]) + share * jnp.exp(theta[1])
        x = x - rate * slope(x)
        return x, loss(x)

    return jnp.array([-4.0, -4.0]), jnp.ones(2), step


def influence(jax, jnp):
    units = 23
    sign = jnp.where(jnp.arange(units) < 10, 1.0, -1.0)

    def step(theta, s, t):
        s = 0.5 * s + 0.5 * jnp.append(s[1:], 0.0) + theta[0] * sign
        return s, 0.5 * (s[0] - 1) ** 2

    return jnp.array([0.5]), jnp.ones(units), step


def lorenz(jax, jnp):
    def advance(a, r, s):
        x, y, z = s
        return s + 0.005 * jnp.stack([a * (y - x), (r - z) * x - y, x * y - 8 / 3 * z])

    def step(theta, state, t):
        state = jnp.stack([advance(jnp.exp(theta[0]), jnp.exp(theta[1]), state[0]),
                           advance(10.0, 28.0, state[1])])
        return state, (state[0, 2] - state[1, 2]) ** 2

    start = jnp.array([1.2, 1.3, 1.6], dtype=jnp.float64)
    return jnp.array([3.116, 3.7], dtype=jnp.float64), jnp.stack([start, start]), step


def lstm(jax, jnp):
    characters, embedding, hidden = 50, 5, 5
    shapes = ((characters, embedding), (embedding, 4 * hidden), (4 * hidden,),
              (hidden, 4 * hidden), (4 * hidden,), (hidden, characters), (characters,))
    sizes = [int(jnp.prod(jnp.array(shape))) for shape in shapes]
    text = jax.random.randint(jax.random.PRNGKey(7), (1001,), 0, characters)

    def weights(theta):
        at, parts = 0, []
        for shape, size in zip(shapes, sizes):
            parts.append(theta[at:at + size].reshape(shape))
            at += size
        return parts

    def step(theta, state, t):
        embed, w_in, b_in, w_rec, b_rec, w_out, b_out = weights(theta)
        h, c = state
        gates = embed[text[t]] @ w_in + b_in + h @ w_rec + b_rec
        f, i, o, g = jnp.split(gates, 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), -jax.nn.log_softmax(h @ w_out + b_out)[text[t + 1]]

    theta = 0.1 * jax.random.normal(jax.random.PRNGKey(1), (sum(sizes),))
    return theta, (jnp.zeros(hidden), jnp.zeros(hidden)), step


SYSTEMS = {"linear": linear, "regression2d": regression2d, "influence": influence,
           "lorenz": lorenz, "lstm": lstm}


# ---- many updates in one call ----------------------------------------------------------------


def make_run(jax, jnp, system, particles, truncation, horizon, updates):
    """(theta, moments, states, xi, clock, key) -> the same after `updates` updates."""
    theta, start, step = system
    starts = jax.tree.map(lambda a: jnp.broadcast_to(a, (particles,) + a.shape), start)
    advance = jax.vmap(step, in_axes=(0, 0, None))

    def update(carry, _):
        theta, mean, square, count, states, xi, clock, key = carry
        key, use = jax.random.split(key)
        half = SIGMA * jax.random.normal(use, (particles // 2, theta.shape[0]), theta.dtype)
        eps = jnp.concatenate([half, -half])
        xi = jnp.where(clock == 0, eps, xi + eps)
        states = jax.tree.map(lambda new, old: jnp.where(clock == 0, new, old), starts, states)
        rows = theta + eps

        def body(inner, t):
            states, total = inner
            states, loss = advance(rows, states, t)
            return (states, total + loss), None

        zero = jnp.zeros(particles, theta.dtype)
        (states, total), _ = jax.lax.scan(body, (states, zero), clock + jnp.arange(truncation))
        grad = jnp.mean(xi * total[:, None], axis=0) / SIGMA ** 2
        count = count + 1
        mean = 0.9 * mean + 0.1 * grad
        square = 0.999 * square + 0.001 * grad ** 2
        root = jnp.sqrt(square / (1 - 0.999 ** count)) + 1e-8
        theta = theta - 1e-5 * mean / (1 - 0.9 ** count) / root
        clock = (clock + truncation) % horizon
        return (theta, mean, square, count, states, xi, clock, key), None

    def run(carry):
        return jax.lax.scan(update, carry, None, length=updates)[0]

    zeros = jnp.zeros_like(theta)
    carry = (theta, zeros, zeros, jnp.array(0.0, theta.dtype), starts,
             jnp.zeros((particles, theta.shape[0]), theta.dtype), jnp.array(0),
             jax.random.PRNGKey(1))
    return jax.jit(run), carry


def measure(jax, jnp, name, particles, truncation, seconds):
    horizon = SIZES[name][2]
    updates = max(1, int(2e6 / (particles * truncation)))
    run, carry = make_run(jax, jnp, SYSTEMS[name](jax, jnp), particles, truncation, horizon,
                          updates)
    carry = jax.block_until_ready(run(carry))
    rates = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(rates) < 5:
        start = time.monotonic()
        carry = jax.block_until_ready(run(carry))
        rates.append(updates * particles * truncation / (time.monotonic() - start))
    return sorted(rates)[len(rates) // 2]


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="*", help="systems; all without a name")
    parser.add_argument("--particles", type=int, help="without it, as pes bench has it")
    parser.add_argument("--truncation", type=int, help="likewise")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    for name in options.name:
        if name not in SYSTEMS:
            parser.error(f"no system {name}: choose from {', '.join(SYSTEMS)}")
    return options


def main():
    options = read_options()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    for name in options.name or list(SYSTEMS):
        jax.config.update("jax_enable_x64", name == "lorenz")
        import jax.numpy as jnp
        sizes, truncation, _ = SIZES[name]
        truncation = options.truncation or truncation
        for particles in (options.particles,) if options.particles else sizes:
            rate = measure(jax, jnp, name, particles, truncation, options.seconds)
            print(json.dumps({
                "name": name, "peer": f"jax {jax.__version__}", "particles": particles,
                "truncation": truncation, "threads": options.threads,
                "inner_steps_per_second": round(rate, 1)}), flush=True)


if __name__ == "__main__":
    main()
