// The cart and its pole move as their equations say: without a force they keep their energy and
// their common momentum, a force changes the momentum by force times time, and small swings of
// the hanging pole have the frequency of the linear theory. Episodes end where they should.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/problem.h"

// M = 1, m = 0.1, l = 0.5, g = 9.8: the defaults.
enum { STEPS = 500 };
static const double cart = 1.0, pole = 0.1, half = 0.5, gravity = 9.8;

typedef struct particle {
    double position, velocity, angle, speed;
} particle;

static double energy(const particle *p) {
    const double all = 0.5 * (cart + pole) * p->velocity * p->velocity;
    const double both = pole * half * p->velocity * p->speed * cos(p->angle);
    const double turning = 0.5 * (4.0 / 3.0) * pole * half * half * p->speed * p->speed;
    return all + both + turning + pole * gravity * half * cos(p->angle);
}

static double momentum(const particle *p) {
    return (cart + pole) * p->velocity + pole * half * p->speed * cos(p->angle);
}

// `push` is the bias of a linear policy. Returns where the episode ended.
static int64_t drive(const char *settings, float push, particle *at, int64_t steps) {
    char all[300];
    (void)snprintf(all, sizeof all, "bias=true %s", settings);
    pes_problem *problem = test_problem("cart_pole", all, NULL);
    const int64_t n = pes_problem_system(problem)->num_params;
    float theta[16] = {0};
    double *loss = calloc((size_t)steps, sizeof *loss);
    assert_non_null(loss);
    theta[n - 1] = push;
    const int64_t ended =
        test_advance(problem, (pes_stream){.seed = 1}, theta, at, 0, steps, loss);
    free(loss);
    pes_problem_close(problem);
    return ended;
}

static const particle swinging = {.velocity = 0.3, .angle = 2.0, .speed = -1.0};

static double lost(double step) {
    char settings[200];
    (void)snprintf(settings, sizeof settings, "task=swing_up track=1e6 step=%.17g", step);
    particle at = swinging;
    (void)drive(settings, 0.0f, &at, (int64_t)(10.0 / step + 0.5));
    return fabs(energy(&at) - energy(&swinging));
}

static void energy_is_kept(void **unused) {
    (void)unused;
    const double coarse = lost(0.02), fine = lost(0.01);
    print_message("ten seconds change the energy by %.3g J, with half the step by %.3g J\n",
                  coarse, fine);
    assert_true(coarse < 1e-4 && fine > 0.0);
    assert_true(coarse > 12.0 * fine);
}

static void momentum_follows_the_force(void **unused) {
    (void)unused;
    particle at = swinging;
    (void)drive("task=swing_up track=1e6", 0.0f, &at, STEPS);
    CHECK_NEAR(momentum(&swinging), momentum(&at), 1e-5);
    at = swinging;
    (void)drive("task=swing_up track=1e6", -2.5f, &at, STEPS);
    CHECK_NEAR(momentum(&swinging) - 2.5 * 10.0, momentum(&at), 1e-4);
    at = swinging;
    (void)drive("task=swing_up track=1e6 force=4", 9.0f, &at, STEPS); // as much as there is
    CHECK_NEAR(momentum(&swinging) + 4.0 * 10.0, momentum(&at), 1e-4);
}

// Around hanging, a'' = -g / (l (4/3 - m / (M + m))) a.
static void small_swings_have_their_period(void **unused) {
    (void)unused;
    const double root = sqrt(gravity / (half * (4.0 / 3.0 - pole / (cart + pole))));
    char settings[200];
    (void)snprintf(settings, sizeof settings, "task=swing_up track=1e6 step=%.17g",
                   2.0 * acos(-1.0) / root / 200.0);
    const particle start = {.angle = 3.1415};
    particle at = start;
    (void)drive(settings, 0.0f, &at, 200);
    CHECK_NEAR(start.angle, at.angle, 1e-9);
    CHECK_NEAR(0.0, at.speed, 1e-9);
}

static void episodes_end_where_they_should(void **unused) {
    (void)unused;
    particle at = {.angle = 0.2};
    const int64_t fallen = drive("", 0.0f, &at, STEPS);
    assert_true(fallen > 0 && fallen < 10 && at.angle > 0.2095 && at.angle < 0.25);
    at = (particle){.angle = 0.2};
    assert_int_equal(0, drive("tilt=3.1416", 0.0f, &at, 5)); // and does not end there
    at = (particle){.position = 2.3, .velocity = 1.0};
    assert_int_equal(6, drive("task=swing_up", 0.0f, &at, STEPS)); // 0.02 m a step
    at = (particle){.position = -2.3, .velocity = -1.0};
    assert_int_equal(6, drive("", 0.0f, &at, STEPS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_is_kept),
        cmocka_unit_test(momentum_follows_the_force),
        cmocka_unit_test(small_swings_have_their_period),
        cmocka_unit_test(episodes_end_where_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
