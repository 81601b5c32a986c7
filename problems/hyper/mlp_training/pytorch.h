// The program for PyTorch that `pes export` writes of hyperparameters.

#ifndef PES_PROBLEMS_MLP_PYTORCH_H
#define PES_PROBLEMS_MLP_PYTORCH_H

#include "problems/problems.h"

// Number `index`, NULL past the last: mlp_training's pes_problem_type.program.
const pes_problem_program *pes_mlp_program(int64_t index);

#endif // PES_PROBLEMS_MLP_PYTORCH_H
