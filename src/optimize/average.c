#include "optimize/average.h"

#include <stddef.h>
#include <string.h>

static void uniform(double decay, int64_t k, int64_t n, const float *theta, double *average) {
    (void)decay;
    for (int64_t i = 0; i < n; i++) {
        const double before = k > 1 ? average[i] : (double)theta[i];
        average[i] = before + ((double)theta[i] - before) / (double)k;
    }
}

static void exponential(double decay, int64_t k, int64_t n, const float *theta,
                        double *average) {
    const double kept = k > 1 ? decay : 0.0;
    for (int64_t i = 0; i < n; i++) {
        average[i] = kept * average[i] + (1.0 - kept) * (double)theta[i];
    }
}

static const struct {
    const char *name;
    pes_average fold;
} averages[] = {
    {"none", NULL},
    {"uniform", uniform},
    {"exponential", exponential},
};
enum { AVERAGES = sizeof averages / sizeof *averages };

const char *pes_average_name(int64_t index) {
    return index >= 0 && index < AVERAGES ? averages[index].name : NULL;
}

pes_average pes_average_find(const char *name) {
    for (int64_t i = 0; i < AVERAGES; i++) {
        if (strcmp(averages[i].name, name) == 0) {
            return averages[i].fold;
        }
    }
    return NULL;
}
