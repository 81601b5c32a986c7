// Where theta and the statistics of observations begin: as the settings of the policy say, or
// where another run has come to.

#ifndef PES_PROBLEMS_CONTROL_POLICY_START_H
#define PES_PROBLEMS_CONTROL_POLICY_START_H

#include "problems/control/control.h"

// Write theta (num_params) and control->common. With a start_file, control->start_sum becomes
// the SHA-256 sum of both. PES_E_ARGUMENT where the file's policy is another one, PES_E_FORMAT
// where the sum is not that of the settings, and what reading a file fails with.
pes_status pes_policy_start(pes_control *control, float *theta);

// pes_problem_type.pin of what such a file had.
void pes_policy_pin(const pes_problem *problem, pes_policy_options *options);

#endif // PES_PROBLEMS_CONTROL_POLICY_START_H
