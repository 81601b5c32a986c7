"""An exported policy in Gymnasium.

    gymnasium_policy.py FOLDER GYM_ID STEPS EPISODES [still]

FOLDER has policy.py. Prints the mean return of EPISODES episodes of STEPS steps and its standard error as
JSON; `still`: from the model's own start, without noise.
"""

import json
import statistics
import sys
import warnings

import gymnasium


def main():
    folder, identifier, steps, episodes, *still = sys.argv[1:]
    sys.path.insert(0, folder)
    import policy
    warnings.simplefilter("ignore")
    environment = gymnasium.make(identifier, disable_env_checker=True).unwrapped
    returns = []
    for episode in range(int(episodes)):
        observation, _ = environment.reset(seed=episode)
        if still:
            environment.set_state(environment.init_qpos, environment.init_qvel)
            observation = environment._get_obs()
        actor, total = policy.Policy(), 0.0
        for _ in range(int(steps)):
            observation, reward, ended, _, _ = environment.step(actor(observation))
            total += reward
            if ended:
                break
        returns.append(total)
    error = statistics.stdev(returns) / len(returns) ** 0.5 if len(returns) > 1 else 0.0
    print(json.dumps({"mean": statistics.mean(returns), "standard_error": error}))


if __name__ == "__main__":
    main()
