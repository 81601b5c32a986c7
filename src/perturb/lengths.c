#include "perturb/lengths.h"

#include <stddef.h>
#include <string.h>

#include "base/power.h"

enum { FRACTION_BITS = 53 };

// Rounding may carry the largest u past the end.
static int64_t within(double length, int64_t shortest, int64_t horizon) {
    const int64_t whole = (int64_t)length;
    const int64_t most = whole < horizon ? whole : horizon;
    return most > shortest ? most : shortest;
}

static int64_t uniform(uint64_t bits, int64_t shortest, int64_t horizon) {
    const double u = (double)(bits >> (64 - FRACTION_BITS)) * 0x1p-53;
    const double choices = (double)(horizon - shortest + 1);
    return within((double)shortest + u * choices, shortest, horizon);
}

static int64_t log_uniform(uint64_t bits, int64_t shortest, int64_t horizon) {
    const double span = (double)(horizon + 1) / (double)shortest;
    const int64_t u = (int64_t)(bits >> (64 - FRACTION_BITS));
    const double power = pes_power_fraction(span, u, INT64_C(1) << FRACTION_BITS);
    return within((double)shortest * power, shortest, horizon);
}

static const struct {
    const char *name;
    pes_lengths draw;
} lengths[] = {
    {"fixed", NULL},
    {"uniform", uniform},
    {"log_uniform", log_uniform},
};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

const char *pes_lengths_name(int64_t index) {
    return index >= 0 && index < LENGTHS ? lengths[index].name : NULL;
}

pes_lengths pes_lengths_find(const char *name) {
    for (int64_t i = 0; i < LENGTHS; i++) {
        if (strcmp(lengths[i].name, name) == 0) {
            return lengths[i].draw;
        }
    }
    return NULL;
}
