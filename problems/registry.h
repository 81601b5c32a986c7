// The built-in problems, one per file.

#ifndef PES_PROBLEMS_REGISTRY_H
#define PES_PROBLEMS_REGISTRY_H

#include "problems/problems.h"

extern const pes_problem_type pes_problem_linear;       // synthetic/linear.c
extern const pes_problem_type pes_problem_quadratic;    // synthetic/quadratic.c
extern const pes_problem_type pes_problem_regression2d; // synthetic/regression2d.c
extern const pes_problem_type pes_problem_influence;    // synthetic/influence.c
extern const pes_problem_type pes_problem_lorenz;       // synthetic/lorenz.c
extern const pes_problem_type pes_problem_mlp_training; // hyper/mlp_training/mlp_training.c
extern const pes_problem_type pes_problem_lstm;         // nn/lstm/lstm.c
extern const pes_problem_type pes_problem_ridge;        // hyper/ridge/ridge.c
extern const pes_problem_type pes_problem_pendulum;     // control/pendulum.c
extern const pes_problem_type pes_problem_learned_optimizer; // lopt/learned_optimizer.c
extern const pes_problem_type pes_problem_cart_pole;         // control/cart_pole.c
extern const pes_problem_type pes_problem_mujoco;            // control/mujoco/mujoco.c
extern const pes_problem_type pes_problem_swimmer;           // likewise
extern const pes_problem_type pes_problem_half_cheetah;      // likewise
extern const pes_problem_type pes_problem_hopper;            // likewise

#endif // PES_PROBLEMS_REGISTRY_H
