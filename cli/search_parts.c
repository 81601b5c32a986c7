#include "cli/search_parts.h"

#include <stdlib.h>
#include <string.h>

// Has the problem an opinion on every parameter?
static bool take_range(search_parts *out, const experiment *setup, int64_t count) {
    bool known = setup->type->search_range != NULL;
    for (int64_t p = 0; known && p < count; p++) {
        known = setup->type->search_range(setup->problem, p, &out->low[p], &out->high[p]);
    }
    return known;
}

// Rungs compare what episodes have lost so far. Where that is zero until their end, halving
// would keep the points that were drawn first.
static pes_status check_rungs(const experiment *setup, const pes_problem *problem) {
    const char *method = setup->search.method;
    const bool has_rungs =
        strcmp(method, "successive_halving") == 0 || strcmp(method, "hyperband") == 0;
    return !has_rungs || !pes_problem_needs_horizon(problem)
               ? PES_OK
               : pes_fail(PES_E_ARGUMENT,
                          "with these settings %s judges its episodes at their end, and %s "
                          "drops points before; set search.method = \"random\", or judge "
                          "every step",
                          setup->type->name, method);
}

pes_status search_parts_make(search_parts *out, const experiment *setup,
                             const pes_problem *problem) {
    const int64_t count = pes_problem_system(problem)->num_params;
    *out = (search_parts){.low = NULL};
    const pes_status fits = check_rungs(setup, problem);
    if (fits != PES_OK) {
        return fits;
    }
    *out = (search_parts){
        .low = calloc((size_t)count, sizeof *out->low),
        .high = calloc((size_t)count, sizeof *out->high),
    };
    if (out->low == NULL || out->high == NULL) {
        return pes_fail(PES_E_MEMORY, "out of memory for the range of %lld parameters",
                        (long long)count);
    }
    const bool known = take_range(out, setup, count);
    out->parts = (pes_search_parts){
        .system = pes_problem_system(problem),
        .options = &setup->search,
        .low = known ? out->low : NULL,
        .high = known ? out->high : NULL,
        .estimator = &setup->estimator,
        .run = &setup->run,
    };
    return PES_OK;
}

void search_parts_free(search_parts *parts) {
    free(parts->low);
    free(parts->high);
}
