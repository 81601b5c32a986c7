#!/usr/bin/env python3
"""Environment steps per second of Gymnasium and of mujoco.rollout, for comparison with
`pes bench mujoco --json`.

    python3 bench/peers/mujoco_peers.py [NAME...] [--threads 2] [--seconds S] [--rounds R] [--pes PES]

Prints one JSON object for each environment and peer in the form of `pes bench --json`. Needs
`pip install gymnasium[mujoco]` (tools/setup.sh all puts it into .venv).

    gymnasium        --threads processes, each with an environment of its own and a linear policy
                     in NumPy, float32 as theta is
    mujoco.rollout   20 particles for 100 environment steps on --threads threads, under actions that
                     were recorded: there is no policy in it, and no reward

With --pes the command takes turns with the peers, --rounds times, so that a machine whose speed wanders
does not decide; rates are medians, and ratio_of_pes is the median of each round's ratio. All of them run
the same version of MuJoCo if the command's module was built with this Python's.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import time
import warnings

IDS = {"swimmer": "Swimmer-v4", "half_cheetah": "HalfCheetah-v4", "hopper": "Hopper-v4"}
PARTICLES, TRUNCATION = 20, 100


def make(name):
    import gymnasium
    warnings.simplefilter("ignore")
    return gymnasium.make(IDS[name], disable_env_checker=True)


def policy_of(environment, seed):
    import numpy as np
    inputs = environment.observation_space.shape[0]
    outputs = environment.action_space.shape[0]
    return np.random.default_rng(seed).normal(size=(inputs, outputs)).astype(np.float32)


# ---- Gymnasium in processes --------------------------------------------------------------------


def step_for(name, seed, seconds, barrier, rates):
    environment = make(name)
    weights = policy_of(environment, seed)
    observation, _ = environment.reset(seed=seed)
    barrier.wait()
    steps, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        for _ in range(100):
            observation, _, ended, cut, _ = environment.step(observation.astype("f4") @ weights)
            if ended or cut:
                observation, _ = environment.reset()
        steps += 100
    rates.put(steps / elapsed)


def gymnasium_rate(name, threads, seconds):
    barrier, rates = multiprocessing.Barrier(threads), multiprocessing.Queue()
    crew = [multiprocessing.Process(target=step_for, args=(name, 1 + i, seconds, barrier, rates))
            for i in range(threads)]
    for process in crew:
        process.start()
    total = sum(rates.get() for _ in crew)
    for process in crew:
        process.join()
    return total


# ---- mujoco.rollout ----------------------------------------------------------------------------


class Rollout:
    """States and actions of 20 particles, recorded in Gymnasium."""

    def __init__(self, name, threads):
        import mujoco
        import numpy as np
        environment = make(name).unwrapped
        weights = policy_of(environment, 1)
        self.model, skip = environment.model, environment.frame_skip
        size = mujoco.mj_stateSize(self.model, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        self.start = np.zeros((PARTICLES, size))
        self.control = np.zeros((PARTICLES, TRUNCATION * skip, self.model.nu))
        for i in range(PARTICLES):
            observation, _ = environment.reset(seed=i)
            mujoco.mj_getState(self.model, environment.data, self.start[i],
                               mujoco.mjtState.mjSTATE_FULLPHYSICS)
            for t in range(TRUNCATION):
                action = observation.astype("f4") @ weights
                self.control[i, t * skip:(t + 1) * skip] = action
                observation = environment.step(action)[0]
        self.data = [mujoco.MjData(self.model) for _ in range(threads)]

    def rate(self, seconds):
        from mujoco import rollout
        steps, start = 0, time.perf_counter()
        with rollout.Rollout(nthread=len(self.data)) as pool:
            while (elapsed := time.perf_counter() - start) < seconds:
                pool.rollout(self.model, self.data, self.start, self.control)
                steps += PARTICLES * TRUNCATION
        return steps / elapsed


def pes_rate(command, name, threads, seconds):
    text = subprocess.run([command, "bench", "mujoco", "--json", "--threads", str(threads),
                           "--seconds", str(3 * seconds)], check=True, capture_output=True, text=True)
    rows = [json.loads(line) for line in text.stdout.splitlines()]
    return next(row["inner_steps_per_second"] for row in rows if row["name"] == name)


def measure(name, arguments):
    rolled = Rollout(name, arguments.threads)
    rates = {"gymnasium": [], "mujoco.rollout": [], "pes": []}
    for _ in range(arguments.rounds):
        rates["gymnasium"].append(gymnasium_rate(name, arguments.threads, arguments.seconds))
        rates["mujoco.rollout"].append(rolled.rate(arguments.seconds))
        if arguments.pes:
            rates["pes"].append(pes_rate(arguments.pes, name, arguments.threads, arguments.seconds))
    for peer in ("gymnasium", "mujoco.rollout"):
        row = {"name": name, "detail": peer, "particles": PARTICLES, "truncation": TRUNCATION,
               "threads": arguments.threads,
               "inner_steps_per_second": statistics.median(rates[peer])}
        if arguments.pes:
            row["pes_inner_steps_per_second"] = statistics.median(rates["pes"])
            row["ratio_of_pes"] = statistics.median(
                ours / theirs for ours, theirs in zip(rates["pes"], rates[peer]))
        print(json.dumps(row), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="*", default=list(IDS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pes", help="the command, to take turns with")
    arguments = parser.parse_args()
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    for name in arguments.name:
        measure(name, arguments)


if __name__ == "__main__":
    main()
