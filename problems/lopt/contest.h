// What a trained optimizer is compared with, pes_problem_type.rival and .ground.

#ifndef PES_PROBLEMS_LOPT_CONTEST_H
#define PES_PROBLEMS_LOPT_CONTEST_H

#include "problems/problems.h"

bool pes_lopt_rival(const void *options, int64_t index, pes_problem_rival *out);
bool pes_lopt_ground(const void *options, int64_t index, pes_problem_ground *out);

#endif // PES_PROBLEMS_LOPT_CONTEST_H
