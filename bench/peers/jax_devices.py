"""Particles of a JAX program in equal parts, one a device, for the peers in this folder."""


def over_devices(jax, update, devices):
    """Particles in equal parts, one a device; every part with its own key, theta shared."""
    from jax.sharding import Mesh, PartitionSpec as P
    mesh = Mesh(jax.devices()[:devices], ("device",))

    def part(theta, state, xi, clock, key, images, labels):
        unstack = lambda tree: jax.tree.map(lambda a: a[0], tree)
        stack = lambda tree: jax.tree.map(lambda a: a[None], tree)
        theta, state, xi, clock, key = update(theta, unstack(state), xi[0], clock, key[0], images,
                                              labels)
        return jax.lax.pmean(theta, "device"), stack(state), xi[None], clock, key[None]

    shared, split = P(), P("device")
    arguments = (shared, split, split, shared, split, shared, shared)
    return jax.shard_map(part, mesh=mesh, in_specs=arguments, out_specs=arguments[:5],
                         check_vma=False)


def split_state(jax, jnp, state, devices):
    """(theta, particles, xi, clock, key) of one device for several: theta and the clock are shared,
    every device has a key of its own."""
    theta, particles, xi, clock, key = state
    copies = lambda tree: jax.tree.map(lambda a: jnp.stack([a] * devices), tree)
    return theta, copies(particles), copies(xi), clock, jax.random.split(key, devices)
