#!/usr/bin/env python3
"""A strip of pictures of a swimmer: what a run's policy does, drawn from the bodies' places.

    tools/gait.py RUN --model SWIMMER.XML [-o gait.svg] [--from STEP] [--every STEPS] [--frames N]

RUN is the folder of a run of `swimmer` with a linear policy; its last evaluation has theta. The model is
simulated by the Python package mujoco, from its own start with the angles bent a little. Each frame is in the same window of
the plane, seen from above, so that the way forward is seen, too.
"""

import argparse
import json
import pathlib

import mujoco
import numpy as np

WIDTH, HEIGHT, MARGIN = 150, 110, 6  # of a frame, pixels
COLOURS = ("#0072b2", "#56b4e9", "#009e73")  # front to back
FRAME_SKIP = 4


def simulate(run, model, steps):
    """Ends of the three links, steps x 3 x 2 x 2: metres; and the way at each step."""
    last = (run / "evaluations.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    weights = np.array(json.loads(last)["theta"], "f4").reshape(8, 2)
    data = mujoco.MjData(model)
    data.qpos[3:] = 0.1
    links = [g for g in range(model.ngeom) if model.geom_type[g] == mujoco.mjtGeom.mjGEOM_CAPSULE]
    ends = np.zeros((steps, len(links), 2, 2))
    for t in range(steps):
        mujoco.mj_kinematics(model, data)
        for i, g in enumerate(links):
            half = model.geom_size[g, 1] * data.geom_xmat[g].reshape(3, 3)[:2, 2]
            ends[t, i] = data.geom_xpos[g][:2] - half, data.geom_xpos[g][:2] + half
        data.ctrl[:] = np.concatenate([data.qpos[2:], data.qvel]).astype("f4") @ weights
        mujoco.mj_step(model, data, FRAME_SKIP)
    return ends, float(model.geom_size[links[0], 0])


def draw(ends, radius, first, every, seconds):
    """One SVG of all frames, the first on the left."""
    low, high = ends.min(axis=(0, 1, 2)), ends.max(axis=(0, 1, 2))
    scale = min((WIDTH - 2 * MARGIN) / (high[0] - low[0] + 2 * radius),
                (HEIGHT - 2 * MARGIN - 14) / (high[1] - low[1] + 2 * radius))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * len(ends)}" '
           f'height="{HEIGHT}" font-family="sans-serif" font-size="11">',
           '<rect width="100%" height="100%" fill="white"/>']
    for i, frame in enumerate(ends):
        left = WIDTH * i + MARGIN + radius * scale
        out.append(f'<path d="M{WIDTH * i} 0V{HEIGHT}" stroke="#dddddd"/>')
        for colour, link in zip(COLOURS, frame):
            (x, y), (u, v) = ((link - low) * scale).tolist()
            floor = HEIGHT - MARGIN - 14 - radius * scale
            out.append(f'<path d="M{left + x:.1f} {floor - y:.1f}L{left + u:.1f} {floor - v:.1f}" '
                       f'stroke="{colour}" stroke-width="{2 * radius * scale:.1f}" '
                       'stroke-linecap="round"/>')
        out.append(f'<text x="{WIDTH * i + MARGIN}" y="{HEIGHT - 4}" fill="#444444">'
                   f'{(first + every * i) * seconds:.2f} s</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("gait.svg"))
    parser.add_argument("--model", required=True, help="Gymnasium's swimmer.xml")
    parser.add_argument("--from", dest="first", type=int, default=400)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--frames", type=int, default=8)
    arguments = parser.parse_args()
    model = mujoco.MjModel.from_xml_path(arguments.model)
    last = arguments.first + arguments.every * (arguments.frames - 1)
    ends, radius = simulate(arguments.run, model, last + 1)
    chosen = ends[arguments.first::arguments.every]
    seconds = FRAME_SKIP * model.opt.timestep
    arguments.output.write_text(draw(chosen, radius, arguments.first, arguments.every, seconds),
                                encoding="utf-8")


if __name__ == "__main__":
    main()
