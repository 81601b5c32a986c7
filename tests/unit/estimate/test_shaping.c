// Shapings: each against its formula in one loop, with ties, dropped units and both samplings.
//
// Seen to fail: ranks from 1 to n, equal losses ranked in the order of their particles, dropped
// particles counted, n - 1 in the standard deviation, a limit on L instead of the difference,
// the reported loss taken from the shaped values.

#include <math.h>
#include <stdlib.h>

#include "estimate/gradient.h"
#include "noise/noise.h"
#include "support/check.h"

enum { UNITS = 41, MOST = 2 * UNITS, LIMIT = 1 };

typedef struct fixture {
    pes_gradient g;
    void *memory;
    double credit[MOST];
    pes_estimate_info info;
} fixture;

// Losses with ties, the units of `dropped` not finite; weighed under a shaping.
static void weigh(fixture *f, const char *shaping, int64_t signs, bool dropped) {
    memset(f, 0, sizeof *f);
    f->g = (pes_gradient){.units = UNITS, .signs = signs, .num_params = 1};
    f->g.shaping = pes_shaping_find(shaping);
    f->g.limit = LIMIT;
    pes_arena arena = {0};
    pes_gradient_layout(&f->g, &arena);
    f->memory = aligned_alloc(64, arena.used);
    assert_non_null(f->memory);
    memset(f->memory, 0, arena.used);
    arena = (pes_arena){.base = f->memory};
    pes_gradient_layout(&f->g, &arena);
    float draws[MOST];
    pes_noise_normal(&(pes_stream){1, 2, 3}, 0, 0, MOST, draws);
    for (int64_t i = 0; i < UNITS * signs; i++) {
        f->credit[i] = 2.0 + 0.25 * round(4.0 * (double)draws[i]);
    }
    if (dropped) {
        f->credit[3] = (double)NAN;
        f->credit[2 * signs] = (double)INFINITY;
        f->credit[UNITS * signs - 1] = (double)-INFINITY;
    }
    pes_gradient_weigh(&f->g, &pes_kernels_scalar, f->credit, &f->info);
}

static bool kept(const fixture *f, int64_t i) {
    const int64_t first = i / f->g.signs * f->g.signs;
    return isfinite(f->credit[first]) && isfinite(f->credit[first + f->g.signs - 1]);
}

// What the text of shaping.c says of one row.
static double formula(const fixture *f, const char *shaping, int64_t i) {
    double n = 0.0, sum = 0.0, squares = 0.0, below = 0.0, equal = 0.0;
    for (int64_t j = 0; j < UNITS * f->g.signs; j++) {
        if (kept(f, j)) {
            n += 1.0;
            sum += f->credit[j];
            below += f->credit[j] < f->credit[i] ? 1.0 : 0.0;
            equal += f->credit[j] == f->credit[i] ? 1.0 : 0.0;
        }
    }
    for (int64_t j = 0; j < UNITS * f->g.signs; j++) {
        squares += kept(f, j) ? (f->credit[j] - sum / n) * (f->credit[j] - sum / n) : 0.0;
    }
    if (strcmp(shaping, "centred_rank") == 0) {
        return (below + 0.5 * (equal - 1.0)) / (n - 1.0) - 0.5;
    }
    if (strcmp(shaping, "standardized") == 0) {
        return f->credit[i] / sqrt(squares / n);
    }
    const bool pair = f->g.signs == 2;
    const double difference = f->credit[i] - (pair ? f->credit[i ^ 1] : sum / n);
    if (strcmp(shaping, "sign") == 0) {
        return (difference > 0.0) - (difference < 0.0);
    }
    const double clipped = fmax(-LIMIT, fmin(difference, LIMIT));
    return strcmp(shaping, "clipped") == 0 ? (pair ? 0.5 * clipped : clipped) : f->credit[i];
}

static void check(const char *shaping, int64_t signs, bool dropped) {
    static fixture f;
    double units = 0.0, loss = 0.0;
    weigh(&f, shaping, signs, dropped);
    for (int64_t i = 0; i < UNITS * signs; i++) {
        units += kept(&f, i) ? 1.0 / (double)signs : 0.0;
        loss += kept(&f, i) ? f.credit[i] : 0.0;
    }
    for (int64_t u = 0; u < UNITS; u++) {
        double expected = 0.0;
        if (kept(&f, u * signs)) {
            expected = formula(&f, shaping, u * signs);
            expected -= signs == 2 ? formula(&f, shaping, 2 * u + 1) : 0.0;
        }
        CHECK_NEAR(expected / (double)signs / units, f.g.weight[u], 1e-14);
    }
    CHECK_NEAR(loss / (double)signs / units, f.info.loss, 1e-12);
    assert_int_equal(f.info.dropped, UNITS * signs - (int64_t)(units * (double)signs + 0.5));
    free(f.memory);
}

static void every_shaping_is_its_formula(void **state) {
    (void)state;
    assert_null(pes_shaping_find("cubed"));
    assert_null(pes_shaping_get(5));
    for (int64_t i = 0; pes_shaping_get(i) != NULL; i++) {
        for (int64_t signs = 1; signs <= 2; signs++) {
            check(pes_shaping_get(i)->name, signs, false);
            check(pes_shaping_get(i)->name, signs, true);
        }
    }
}

// A limit that nothing reaches changes no bit, and only the ranking needs to remember an order.
static void a_wide_limit_is_no_shaping(void **state) {
    (void)state;
    static fixture plain, wide;
    weigh(&plain, "none", 2, true);
    weigh(&wide, "clipped", 2, true);
    wide.g.limit = 1e6;
    pes_gradient_weigh(&wide.g, &pes_kernels_scalar, wide.credit, &wide.info);
    CHECK_SAME(plain.g.weight, wide.g.weight, UNITS);
    free(plain.memory);
    free(wide.memory);
}

// Losses without a spread, and one particle: nothing to divide by, and nothing that is not
// finite comes out.
static void equal_losses_weigh_nothing(void **state) {
    (void)state;
    for (int64_t i = 1; pes_shaping_get(i) != NULL; i++) {
        for (int64_t signs = 1; signs <= 2; signs++) {
            static fixture f;
            weigh(&f, pes_shaping_get(i)->name, signs, false);
            for (int64_t r = 0; r < UNITS * signs; r++) {
                f.credit[r] = r < signs ? 0.5 : (double)NAN;
            }
            pes_gradient_weigh(&f.g, &pes_kernels_scalar, f.credit, &f.info);
            for (int64_t u = 0; u < UNITS; u++) {
                CHECK_NEAR(0.0, f.g.weight[u], 0.0);
            }
            free(f.memory);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shaping_is_its_formula),
        cmocka_unit_test(a_wide_limit_is_no_shaping),
        cmocka_unit_test(equal_losses_weigh_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
