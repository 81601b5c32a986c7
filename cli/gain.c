#include "cli/gain.h"

#include <string.h>

const char *gain_name(const experiment *setup) {
    return strcmp(runs_objective(setup), "sum") == 0 ? setup->type->gain : NULL;
}

const char *gain_steps(const experiment *setup) {
    return setup->type->step != NULL ? setup->type->step : "inner steps";
}

double gain_sign(const experiment *setup) {
    return gain_name(setup) != NULL ? -1.0 : 1.0;
}

runs_range gain_range(double sign, const runs_range *range) {
    return sign > 0.0 ? *range
                      : (runs_range){
                            .mean = -range->mean, .least = -range->most, .most = -range->least};
}
