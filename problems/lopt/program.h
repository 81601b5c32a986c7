// Programs that carry a learned optimizer away: theta and what its rule does with it, in other
// languages. Every rule has both.

#ifndef PES_PROBLEMS_LOPT_PROGRAM_H
#define PES_PROBLEMS_LOPT_PROGRAM_H

#include "problems/lopt/rule.h"

// A Python file with a torch.optim.Optimizer, and a C file with a function for one tensor's
// step. `where`: a phrase that says where theta comes from. To be freed with free(); NULL
// without memory.
char *pes_lopt_write_pytorch(const pes_lopt_shape *shape, const float *theta,
                             const char *where);
char *pes_lopt_write_c(const pes_lopt_shape *shape, const float *theta, const char *where);

// What learned_optimizer exports: the two, and the safetensors file (file.h). NULL past the
// last.
const pes_problem_program *pes_lopt_program(int64_t index);

#endif // PES_PROBLEMS_LOPT_PROGRAM_H
