// The population alone: who restarts when, what xi holds, and what each row is told to do. The
// test plays the part of the unroll: it advances clocks and ends rows.
//
// Seen to fail: xi cleared at every draw or never, a unit restarted with its first half, an
// interval counted by the half that has ended, sigma taken from today instead of the draw's
// day, one pass of normals for units of different episodes.

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "noise/noise.h"
#include "perturb/population.h"
#include "support/check.h"

enum { UNITS = 5, PARAMS = 6, MOST_ROWS = 2 * UNITS + 1 };

typedef struct fixture {
    pes_population p;
    void *memory;
    float theta[PARAMS];
    float rows[2 * UNITS * PARAMS];
    float normals[8 * UNITS];
} fixture;

static void open_fixture(fixture *f, pes_population shape) {
    memset(f, 0, sizeof *f);
    f->p = shape;
    f->p.units = UNITS;
    f->p.num_params = shape.num_params > 0 ? shape.num_params : PARAMS;
    f->p.seed = 77;
    f->p.sigma = 0.5;
    pes_arena arena = {0};
    pes_population_layout(&f->p, &arena);
    assert_false(arena.overflow);
    f->memory = aligned_alloc(64, arena.used);
    assert_non_null(f->memory);
    memset(f->memory, 0, arena.used);
    arena = (pes_arena){.base = f->memory};
    pes_population_layout(&f->p, &arena);
    pes_population_start(&f->p);
    for (int i = 0; i < PARAMS; i++) {
        f->theta[i] = (float)i * 0.5f - 1.0f;
    }
}

static void close_fixture(fixture *f) {
    free(f->memory);
}

// Orders and perturbations of one update for everybody.
static void order(fixture *f) {
    CHECK_OK(pes_population_order_guide(&f->p));
    bool level;
    CHECK_OK(pes_population_order(&f->p, 0, UNITS, &level));
    pes_population_perturb(&f->p, &pes_kernels_scalar, f->theta, 0, UNITS, level, f->normals,
                           f->rows);
}

// What the train room does afterwards: every row takes its steps.
static void take_steps(fixture *f) {
    for (int64_t row = 0; row < pes_population_rows(&f->p); row++) {
        f->p.clock[row] += f->p.steps[row];
        f->p.ended[row] |= f->p.horizon > 0 && f->p.clock[row] == f->p.horizon;
    }
}

static float expected_eps(const fixture *f, int64_t unit, int64_t interval, int i,
                          double sigma) {
    float z[PARAMS + 4];
    pes_noise_perturbation(&pes_kernels_scalar, f->p.seed, unit, f->p.episode[unit], interval,
                           f->p.num_params, z);
    return (float)sigma * z[i];
}

static void halves_mirror_each_other_around_theta(void **state) {
    (void)state;
    for (int64_t params = 1; params <= PARAMS; params++) { // few and many are drawn differently
        fixture f;
        open_fixture(&f, (pes_population){
                             .signs = 2, .num_params = params, .truncation = 2, .interval = 2});
        order(&f);
        for (int64_t u = 0; u < UNITS; u++) {
            for (int i = 0; i < params; i++) {
                const float eps = expected_eps(&f, u, 0, i, 0.5);
                assert_true(f.rows[2 * u * params + i] == f.theta[i] + eps);
                assert_true(f.rows[(2 * u + 1) * params + i] == f.theta[i] - eps);
                CHECK_NEAR((double)eps / 0.25, (double)f.p.xi[u * params + i], 1e-5);
            }
        }
        close_fixture(&f);
    }
}

static void plain_rows_have_a_perturbation_each(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f, (pes_population){.signs = 1, .truncation = 2, .interval = 2});
    order(&f);
    assert_int_equal(pes_population_rows(&f.p), UNITS);
    for (int64_t u = 0; u < UNITS; u++) {
        assert_true(f.rows[u * PARAMS] == f.theta[0] + expected_eps(&f, u, 0, 0, 0.5));
    }
    close_fixture(&f);
}

// T = 5, K = 2: three updates an episode, the last of one step, then everything begins again.
static void xi_grows_with_every_draw_and_is_zero_at_the_reset(void **state) {
    (void)state;
    static const int64_t steps[] = {2, 2, 1}, clocks[] = {0, 2, 4};
    fixture f;
    open_fixture(&f,
                 (pes_population){.signs = 2, .truncation = 2, .horizon = 5, .interval = 2});
    double sum[UNITS] = {0};
    for (int update = 0; update < 9; update++) {
        f.p.sigma = update % 2 == 0 ? 0.5 : 0.2; // also while an episode runs
        order(&f);
        for (int64_t u = 0; u < UNITS; u++) {
            const bool fresh = update % 3 == 0;
            assert_int_equal(f.p.episode[u], update / 3);
            assert_int_equal(f.p.clock[2 * u], clocks[update % 3]);
            assert_int_equal(f.p.steps[2 * u + 1], steps[update % 3]);
            assert_int_equal(f.p.action[2 * u], fresh ? PES_ASK_RESTART : PES_ASK_CONTINUE);
            assert_int_equal(f.p.stream[2 * u].particle, u);
            assert_int_equal(f.p.stream[2 * u + 1].episode, update / 3);
            const double eps = (double)expected_eps(&f, u, update % 3, 0, f.p.sigma);
            sum[u] = (fresh ? 0.0 : sum[u]) + eps / (f.p.sigma * f.p.sigma);
            CHECK_NEAR(sum[u], (double)f.p.xi[u * PARAMS], 1e-5 * (1.0 + fabs(sum[u])));
        }
        take_steps(&f);
    }
    close_fixture(&f);
}

// interval = 0: one draw, which keeps its sigma, for a whole episode.
static void one_draw_serves_an_episode(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f, (pes_population){.signs = 2, .truncation = 2, .horizon = 6});
    float xi[UNITS * PARAMS], rows[2 * UNITS * PARAMS];
    for (int update = 0; update < 6; update++) {
        order(&f);
        if (update % 3 == 0) {
            memcpy(xi, f.p.xi, sizeof xi);
            memcpy(rows, f.rows, sizeof rows);
        }
        CHECK_SAME(xi, f.p.xi, UNITS * PARAMS);
        CHECK_SAME(rows, f.rows, 2 * UNITS * PARAMS);
        f.p.sigma = 0.5 + 0.1 * update; // for the next draw only
        take_steps(&f);
    }
    close_fixture(&f);
}

static void a_unit_restarts_when_both_halves_have_ended(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f, (pes_population){.signs = 2, .truncation = 2, .interval = 2});
    order(&f);
    take_steps(&f);
    f.p.ended[4] = 1; // unit 2's first half ended with its first step
    f.p.clock[4] = 1;
    order(&f);
    assert_false(pes_population_over(&f.p, 2));
    assert_int_equal(f.p.action[4], PES_ASK_IDLE);
    assert_int_equal(f.p.steps[4], 0);
    assert_int_equal(f.p.action[5], PES_ASK_CONTINUE);
    assert_int_equal(f.p.steps[5], 2);
    assert_int_equal(f.p.drawn[2], 1); // the half that runs is in interval 1
    take_steps(&f);
    f.p.ended[5] = 1;
    assert_true(pes_population_over(&f.p, 2));
    order(&f);
    assert_int_equal(f.p.action[4], PES_ASK_RESTART);
    assert_int_equal(f.p.action[5], PES_ASK_RESTART);
    assert_int_equal(f.p.episode[2], 1);
    assert_int_equal(f.p.clock[4], 0);
    assert_int_equal(f.p.episode[1], 0); // the others go on
    assert_int_equal(f.p.action[2], PES_ASK_CONTINUE);
    CHECK_NEAR((double)expected_eps(&f, 2, 0, 0, 0.5) / 0.25, (double)f.p.xi[2 * PARAMS], 1e-5);
    close_fixture(&f);
}

static void a_guide_is_copied_as_it_was(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f, (pes_population){.signs = 2,
                                      .truncation = 2,
                                      .horizon = 5,
                                      .interval = 2,
                                      .guided = true,
                                      .tethered = true});
    static const int64_t steps[] = {2, 2, 1};
    const int64_t guide = 2 * UNITS;
    assert_int_equal(pes_population_rows(&f.p), MOST_ROWS);
    for (int update = 0; update < 6; update++) {
        CHECK_OK(pes_population_order_guide(&f.p));
        const int64_t before = f.p.clock[guide];
        f.p.clock[guide] += f.p.steps[guide]; // the guide may be faster than the rest
        bool level;
        CHECK_OK(pes_population_order(&f.p, 0, UNITS, &level));
        assert_true(level);
        pes_population_perturb(&f.p, &pes_kernels_scalar, f.theta, 0, UNITS, level, f.normals,
                               f.rows);
        assert_int_equal(before, update % 3 * 2);
        assert_int_equal(f.p.action[guide],
                         update % 3 == 0 ? PES_ASK_RESTART : PES_ASK_CONTINUE);
        assert_int_equal(f.p.stream[guide].particle, PES_NOISE_GUIDE);
        for (int64_t row = 0; row < guide; row++) {
            assert_int_equal(f.p.action[row], PES_ASK_COPY);
            assert_int_equal(f.p.source[row], guide);
            assert_int_equal(f.p.clock[row], before);
            assert_int_equal(f.p.steps[row], steps[update % 3]);
            assert_int_equal(f.p.stream[row].episode, update / 3);
        }
        CHECK_NEAR((double)expected_eps(&f, 1, update % 3, 0, 0.5) / 0.25,
                   (double)f.p.xi[PARAMS], 1e-5); // of this update alone
        f.p.ended[guide] = f.p.clock[guide] == 5;
    }
    close_fixture(&f);
}

static void what_the_keys_cannot_count_is_refused(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f, (pes_population){.signs = 2, .truncation = 2, .interval = 2});
    bool level;
    order(&f);
    f.p.clock[3] = PES_NOISE_MOST_STEPS - 1;
    CHECK_FAILS(PES_E_ARGUMENT, "set a horizon", pes_population_order(&f.p, 0, UNITS, &level));
    assert_false(level);
    f.p.clock[2] = f.p.clock[3]; // the same, both at once
    CHECK_FAILS(PES_E_ARGUMENT, "set a horizon", pes_population_order(&f.p, 1, 2, &level));
    assert_true(level);
    f.p.clock[3] = 0;
    f.p.ended[2] = f.p.ended[3] = 1;
    f.p.episode[1] = PES_NOISE_MOST_EPISODES - 1;
    CHECK_FAILS(PES_E_ARGUMENT, "another seed", pes_population_order(&f.p, 0, UNITS, &level));
    close_fixture(&f);
}

// What unit u should have after an order, from the population before it, by the loops for many.
static void check_unit(const fixture *f, const fixture *before, const float *xi, int64_t u) {
    const pes_population *p = &f->p;
    const int64_t n = p->num_params, interval = pes_population_interval(p, u);
    const bool draw =
        p->drawn[u] != before->p.drawn[u] || p->episode[u] != before->p.episode[u];
    float z[PARAMS + 4], rows[2][PARAMS], sum[PARAMS];
    assert_int_equal(p->drawn[u], interval);
    pes_noise_perturbation(&pes_kernels_scalar, p->seed, u, p->episode[u], interval, n, z);
    for (int64_t i = 0; i < n; i++) {
        sum[i] = p->episode[u] != before->p.episode[u] ? 0.0f : xi[u * n + i];
    }
    const double sigma = draw ? p->sigma : before->p.drawn_sigma[u],
                 credit = 1.0 / (sigma * sigma);
    if (draw) {
        CHECK_NEAR(pes_kernels_scalar.squares(n, sum), p->past_square[u], 0.0);
        CHECK_NEAR(pes_kernels_scalar.squares(n, z) * credit, p->drawn_square[u], 0.0);
    }
    pes_kernels_scalar.perturb(n, (float)sigma, draw ? credit : 0.0, f->theta, z, rows[0],
                               p->signs == 2 ? rows[1] : NULL, sum);
    CHECK_SAME(sum, p->xi + u * n, n);
    for (int64_t i = 0; i < p->signs; i++) {
        CHECK_SAME(rows[i], f->rows + (u * p->signs + i) * n, n);
    }
}

// Intervals of 3 with K = 2, and units in different episodes.
static void few_parameters_have_the_bits_of_many(void **state) {
    (void)state;
    for (int64_t c = 0; c < 2 * PARAMS; c++) {
        fixture f;
        open_fixture(&f, (pes_population){.signs = c % 2 + 1,
                                          .num_params = c / 2 + 1,
                                          .truncation = 2,
                                          .interval = 3,
                                          .horizon = 9});
        for (int64_t update = 0; update < 14; update++) {
            fixture before = f;
            int64_t drawn[UNITS], episode[UNITS + 1];
            double drawn_sigma[UNITS];
            float xi[UNITS * PARAMS];
            memcpy(drawn, f.p.drawn, sizeof drawn);
            memcpy(episode, f.p.episode, sizeof episode);
            memcpy(drawn_sigma, f.p.drawn_sigma, sizeof drawn_sigma);
            memcpy(xi, f.p.xi, (size_t)(UNITS * f.p.num_params) * sizeof *xi);
            before.p.drawn = drawn;
            before.p.episode = episode;
            before.p.drawn_sigma = drawn_sigma;
            f.p.sigma = update % 2 == 0 ? 0.5 : 0.3;
            order(&f);
            for (int64_t u = 0; u < UNITS; u++) {
                check_unit(&f, &before, xi, u);
            }
            take_steps(&f);
            if (update ==
                0) { // unit 2 begins its next episode while others are in the same interval
                f.p.ended[2 * f.p.signs] = f.p.ended[3 * f.p.signs - 1] = 1;
            }
        }
        close_fixture(&f);
    }
}

// Level: all as they began. Not: a half that ended early, units out of step, another length.
static void units_are_level_until_one_departs(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f,
                 (pes_population){.signs = 2, .truncation = 2, .interval = 2, .horizon = 6});
    for (int64_t update = 0; update < 7; update++) {
        bool level;
        CHECK_OK(pes_population_order(&f.p, 0, UNITS, &level));
        assert_true(level);
        assert_int_equal(f.p.action[4], update % 3 == 0 ? PES_ASK_RESTART : PES_ASK_CONTINUE);
        take_steps(&f);
    }
    static const int64_t end[] = {2, 3, 6, 7}; // half of unit 1 first, then both; then unit 3
    for (int64_t i = 0; i < 4; i++) {
        bool level, others;
        f.p.ended[end[i]] = 1;
        CHECK_OK(pes_population_order(&f.p, 0, UNITS, &level));
        CHECK_OK(pes_population_order(&f.p, 4, UNITS, &others));
        assert_false(level);
        assert_true(others);
    }
    close_fixture(&f);

    open_fixture(&f,
                 (pes_population){.signs = 2, .truncation = 2, .interval = 2, .horizon = 6});
    order(&f);
    take_steps(&f);
    bool level;
    f.p.length[UNITS - 1] = 3;
    CHECK_OK(pes_population_order(&f.p, 0, UNITS - 1, &level));
    assert_true(level);
    CHECK_OK(pes_population_order(&f.p, 0, UNITS, &level));
    assert_false(level);
    assert_int_equal(f.p.steps[2 * UNITS - 3], 2);
    assert_int_equal(f.p.steps[2 * UNITS - 1], 1);
    close_fixture(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_mirror_each_other_around_theta),
        cmocka_unit_test(plain_rows_have_a_perturbation_each),
        cmocka_unit_test(xi_grows_with_every_draw_and_is_zero_at_the_reset),
        cmocka_unit_test(one_draw_serves_an_episode),
        cmocka_unit_test(a_unit_restarts_when_both_halves_have_ended),
        cmocka_unit_test(a_guide_is_copied_as_it_was),
        cmocka_unit_test(what_the_keys_cannot_count_is_refused),
        cmocka_unit_test(few_parameters_have_the_bits_of_many),
        cmocka_unit_test(units_are_level_until_one_departs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
