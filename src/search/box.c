// Where the points lie: low <= theta <= high in each parameter.
//
//     random   theta_p = low_p + u (high_p - low_p),       u uniform, from (seed, point)
//     grid     theta_p = low_p + j (high_p - low_p) / (n_p - 1),   j = 0 .. n_p - 1;
//              n_p = 1: the middle

#include "base/status.h"
#include "noise/noise.h"
#include "search/search.h"

// A list of an option, one value for all or one for each; else what came with the parts.
static pes_status fill(const char *name, const pes_real_list *list, const double *given,
                       int64_t count, double *out) {
    PES_REQUIRE(list->count <= 1 || list->count == count, PES_E_ARGUMENT,
                "search.%s has %lld values, but there are %lld parameters; give one value for "
                "all, or one for each",
                name, (long long)list->count, (long long)count);
    PES_REQUIRE(list->count > 0 || given != NULL, PES_E_ARGUMENT,
                "the problem has no range to search in; give search.low and search.high, in "
                "theta, one value for all parameters or one for each");
    for (int64_t p = 0; p < count; p++) {
        out[p] = list->count > 0 ? list->value[list->count > 1 ? p : 0] : given[p];
    }
    return PES_OK;
}

static bool is_number(double x) {
    return x - x == 0.0;
}

pes_status pes_search_fill_box(pes_search *search, const double *low, const double *high) {
    const int64_t count = search->system.num_params;
    PES_TRY(fill("low", &search->options.low, low, count, search->low));
    PES_TRY(fill("high", &search->options.high, high, count, search->high));
    for (int64_t p = 0; p < count; p++) {
        const double a = search->low[p], b = search->high[p];
        PES_REQUIRE(is_number(a) && is_number(b) && a <= b, PES_E_ARGUMENT,
                    "the search needs numbers with low <= high, but for parameter %lld of %lld "
                    "they are %g and %g",
                    (long long)(p + 1), (long long)count, a, b);
        search->best[p] = (float)(0.5 * (a + b));
    }
    return PES_OK;
}

// Values on axis `p` of the grid.
static int64_t values_on(const pes_search *search, int64_t p) {
    const pes_int_list *list = &search->options.grid_points;
    return list->value[list->count > 1 ? p : 0];
}

pes_status pes_search_count_grid(const pes_search *search, int64_t *points) {
    const int64_t axes = search->system.num_params;
    const pes_int_list *list = &search->options.grid_points;
    PES_REQUIRE(list->count > 0, PES_E_ARGUMENT,
                "a grid needs search.grid_points, the number of values on each axis");
    PES_REQUIRE(list->count == 1 || list->count == axes, PES_E_ARGUMENT,
                "search.grid_points has %lld numbers, but there are %lld parameters; give one "
                "number for all, or one for each",
                (long long)list->count, (long long)axes);
    double product = 1.0;
    for (int64_t p = 0; p < axes && product <= 1e18; p++) {
        product *= (double)values_on(search, p);
    }
    PES_REQUIRE(product <= PES_SEARCH_MOST_POINTS, PES_E_ARGUMENT,
                "the grid has %s%g points and %d are the most; use fewer grid_points, or "
                "random search, which does not multiply its points by parameters",
                product > 1e18 ? "more than " : "", product, PES_SEARCH_MOST_POINTS);
    *points = (int64_t)product;
    return PES_OK;
}

static void grid_point(const pes_search *search, int64_t index, float *theta) {
    for (int64_t p = search->system.num_params - 1; p >= 0; p--) {
        const int64_t count = values_on(search, p), j = index % count;
        const double share = count > 1 ? (double)j / (double)(count - 1) : 0.5;
        const double width = search->high[p] - search->low[p];
        const bool is_last = count > 1 && j == count - 1;
        theta[p] = (float)(is_last ? search->high[p] : search->low[p] + share * width);
        index /= count;
    }
}

// In pieces, so that any number of parameters needs no memory.
static void random_point(const pes_search *search, int64_t index, float *theta) {
    enum { PIECE = 64 };
    double u[PIECE];
    for (int64_t p = 0; p < search->system.num_params; p++) {
        if (p % PIECE == 0) {
            const int64_t left = search->system.num_params - p;
            pes_noise_point(search->run.seed, (uint32_t)index, p / 2,
                            left < PIECE ? left : PIECE, u);
        }
        const double width = search->high[p] - search->low[p];
        theta[p] = (float)(search->low[p] + u[p % PIECE] * width);
    }
}

void pes_search_point(const pes_search *search, int64_t index, float *theta) {
    (search->is_grid ? grid_point : random_point)(search, index, theta);
}
