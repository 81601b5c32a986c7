"""Our environments beside Gymnasium's: the same start and the same actions.

    gymnasium_trace.py TRACE NAME GYM_ID [KEY=VALUE]...

TRACE is the program mujoco-trace. Observations and rewards must agree to 1e-9, and episodes end
together, over 1000 steps; where an episode ends, another begins. Exit status 77: no Gymnasium, or
another version of MuJoCo than the module's.
"""

import subprocess
import sys
import warnings

try:
    import gymnasium
    import mujoco
    import numpy as np
except ImportError:
    sys.exit(77)

STEPS = 1000
TOLERANCE = 1e-9


def gymnasium_steps(environment, random, actions):
    """The start, then (observation, reward, ended) of each step until an end."""
    environment.reset(seed=int(random.integers(1 << 30)))
    start = np.concatenate([environment.data.qpos, environment.data.qvel])
    nq = environment.model.nq
    environment.set_state(start[:nq].copy(), start[nq:].copy())
    rows = [(environment._get_obs(), 0.0, False)]
    for action in actions:
        observation, reward, ended, _, _ = environment.step(action)
        rows.append((observation, reward, ended))
        if ended:
            break
    return start, rows


def our_steps(program, start, actions):
    numbers = "\n".join(" ".join(repr(float(x)) for x in row) for row in [start, *actions])
    result = subprocess.run(program, input=numbers, capture_output=True, text=True, check=False)
    if result.returncode == 77:
        sys.exit(77)
    if result.returncode:
        sys.exit(result.stderr)
    if result.stderr.split()[-1] != mujoco.__version__:
        print(f"{result.stderr.split()[-1]} here, {mujoco.__version__} in Python")
        sys.exit(77)
    return [(row[:-2], row[-2], bool(row[-1]))
            for row in (np.array(line.split(), float) for line in result.stdout.splitlines())]


def main():
    program, name, identifier, *settings = sys.argv[1:]
    warnings.simplefilter("ignore")
    keywords = {"max_episode_steps": STEPS}
    environment = gymnasium.make(identifier, disable_env_checker=True, **keywords).unwrapped
    random = np.random.default_rng(1)
    done, episodes, worst = 0, 0, 0.0
    while done < STEPS:
        # some beyond the motors' range: the simulator cuts them off, the cost does not
        actions = random.normal(0.0, 0.7, size=(STEPS - done, environment.model.nu))
        start, theirs = gymnasium_steps(environment, random, actions)
        ours = our_steps([program, name, *settings], start, actions[:len(theirs) - 1])
        for step, (a, b) in enumerate(zip(theirs, ours, strict=True)):
            off = max(np.max(np.abs(a[0] - b[0])), abs(a[1] - b[1]))
            worst = max(worst, off)
            if not off <= TOLERANCE or a[2] != b[2]:
                sys.exit(f"{name}, step {step}: off by {off}, ended {a[2]} and {b[2]}")
        done += len(theirs) - 1
        episodes += 1
    print(f"{name}: {done} steps in {episodes} episodes, off by at most {worst:.3g}")


if __name__ == "__main__":
    main()
