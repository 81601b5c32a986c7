// Problems whose losses are what was not won: a policy's reward. People read their objective
// with the other sign, as a return; files and estimates keep the losses.

#ifndef PES_CLI_GAIN_H
#define PES_CLI_GAIN_H

#include "cli/runs.h"

// What minus the objective is called, "return"; NULL where people read the objective itself.
const char *gain_name(const experiment *setup);

// What inner steps are called: "inner steps", or "environment steps".
const char *gain_steps(const experiment *setup);

// -1 where there is such a name, else 1; and a range seen with that sign.
double gain_sign(const experiment *setup);
runs_range gain_range(double sign, const runs_range *range);

#endif // PES_CLI_GAIN_H
