// The pendulum moves as its equation says: without motor and friction it keeps its energy to
// the fourth order of its method, and it swings with the period of the elliptic integral.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/problem.h"

typedef struct particle {
    double angle, speed;
} particle;

// Policy linear with zero weights: no torque.
static pes_problem *free_pendulum(double step) {
    char settings[200];
    (void)snprintf(settings, sizeof settings, "policy=linear hidden= step=%.17g", step);
    return test_problem("pendulum", settings, NULL);
}

static void swing(pes_problem *problem, particle *at, int64_t steps) {
    double *loss = calloc((size_t)steps, sizeof *loss);
    const pes_stream stream = {.seed = 1};
    assert_non_null(loss);
    (void)test_advance(problem, stream, pes_problem_theta(problem), at, 0, steps, loss);
    free(loss);
}

// Of a rod of 1 kg and 1 m, g = 10: w^2 / 6 + 5 cos a.
static double energy(const particle *at) {
    return at->speed * at->speed / 6.0 + 5.0 * cos(at->angle);
}

// The largest change of energy in ten seconds of full turns and in ten of wide swings.
static double drift(double step, particle start) {
    pes_problem *problem = free_pendulum(step);
    particle at = start;
    double largest = 0.0;
    for (int64_t i = 0; i < (int64_t)(10.0 / step + 0.5); i++) {
        swing(problem, &at, 1);
        largest = fmax(largest, fabs(energy(&at) - energy(&start)));
    }
    pes_problem_close(problem);
    return largest;
}

static void energy_is_kept(void **unused) {
    (void)unused;
    const particle start[] = {{.angle = 0.5, .speed = 0.0}, {.angle = 3.0, .speed = 9.0}};
    for (size_t i = 0; i < 2; i++) {
        const double coarse = drift(0.05, start[i]), fine = drift(0.025, start[i]);
        print_message("energy changes by %.3g J with 0.05 s, by %.3g J with 0.025 s\n", coarse,
                      fine);
        assert_true(coarse < 0.02);
        assert_true(coarse >
                    12.0 * fine); // of fourth order, whose energy errs by the fifth: 32
        assert_true(fine > 0.0);
    }
}

// Arithmetic-geometric mean: the period of a pendulum whose turning point is at `swing` from
// hanging is 2 pi / (w0 M(1, cos(swing / 2))), with w0^2 = 3 g / (2 l).
static double period(double amplitude) {
    double a = 1.0, g = cos(0.5 * amplitude);
    for (int i = 0; i < 10; i++) {
        const double mean = 0.5 * (a + g);
        g = sqrt(a * g);
        a = mean;
    }
    return 2.0 * acos(-1.0) / (sqrt(15.0) * a);
}

// From rest it is back at rest, on the same side, after a whole period.
static void period_is_that_of_the_elliptic_integral(void **unused) {
    (void)unused;
    for (double amplitude = 0.1; amplitude < 3.0; amplitude += 0.4) {
        const int64_t steps = 400;
        pes_problem *problem = free_pendulum(period(amplitude) / (double)steps);
        const double start = acos(-1.0) - amplitude;
        particle at = {.angle = start};
        swing(problem, &at, steps);
        CHECK_NEAR(start, at.angle, 1e-6);
        CHECK_NEAR(0.0, at.speed, 1e-6);
        pes_problem_close(problem);
    }
}

// A motor of 2 N m holds the rod where m g l / 2 sin a = 2, and nowhere else.
static void torque_and_weight_balance(void **unused) {
    (void)unused;
    pes_problem *problem =
        test_problem("pendulum", "policy=linear hidden= bias=true torque=2", NULL);
    const float push[4] = {0.0f, 0.0f, 0.0f, -5.0f}; // cut off at -2
    const double rest = asin(0.4);
    particle at = {.angle = rest};
    double loss[10];
    (void)test_advance(problem, (pes_stream){.seed = 1}, push, &at, 0, 10, loss);
    CHECK_NEAR(rest, at.angle, 1e-12);
    CHECK_NEAR(rest * rest + 0.001 * 4.0, loss[9], 1e-12);
    pes_problem_close(problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_is_kept),
        cmocka_unit_test(period_is_that_of_the_elliptic_integral),
        cmocka_unit_test(torque_and_weight_balance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
