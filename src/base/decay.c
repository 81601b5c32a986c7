#include "base/decay.h"

#include <stddef.h>
#include <string.h>

#include "base/power.h"

double pes_decay_step(int64_t done, int64_t updates, double factor) {
    return pes_power_integer(factor, done / updates);
}

double pes_decay_drop(int64_t done, int64_t updates, double factor) {
    return done < updates ? 1.0 : factor;
}

double pes_decay_exponential(int64_t done, int64_t updates, double factor) {
    return pes_power_fraction(factor, done, updates);
}

double pes_decay_cosine(int64_t done, int64_t updates, double factor) {
    const double share = (double)done / (double)updates;
    const double wave = 0.5 * (1.0 + pes_power_cosine(share < 1.0 ? share : 1.0));
    return factor + (1.0 - factor) * wave;
}

static const struct {
    const char *name;
    pes_decay decay;
} decays[] = {
    {"constant", NULL},           {"step", pes_decay_step},
    {"cosine", pes_decay_cosine}, {"exponential", pes_decay_exponential},
    {"drop", pes_decay_drop},
};
enum { DECAYS = sizeof decays / sizeof *decays };

const char *pes_decay_name(int64_t index) {
    return index >= 0 && index < DECAYS ? decays[index].name : NULL;
}

pes_decay pes_decay_find(const char *name) {
    for (int64_t i = 0; i < DECAYS; i++) {
        if (strcmp(decays[i].name, name) == 0) {
            return decays[i].decay;
        }
    }
    return NULL;
}
