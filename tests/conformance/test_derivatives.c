// The self-test of derivatives passes right ones and finds each mistake, and says which it is.
//
//     s_t = 0.9 s_{t-1} + sin(theta_0) + theta_0 theta_1 z_t,    L_t = exp(s_t / 4)
//
// in double or in single precision, with an end where it is asked for. Every row of `wrong` is
// a mistake that people make.

#include <math.h>
#include <stdbool.h>

#include "pes/selftest.h"
#include "support/check.h"

typedef enum fault {
    NONE,
    SINGLE,            // right, in single precision
    ENDS,              // right, and the episode ends with step 5
    NO_TANGENTS,       // right, adjoints alone
    NO_ADJOINTS,       // right, tangents alone
    FORGETS_STATE,     // dL leaves out what the state carried in
    HALF_THETA,        // one parameter's derivative is 1 % too large
    SECOND_DIRECTION,  // all directions take the first one's theta
    STATE_NOT_UPDATED, // the tangent of the state is not carried out
    OTHER_LOSS,        // tangents report a loss that is off by a bit
    OTHER_STATE,       // adjoints leave another state
    OTHER_END,         // tangents never end
    BACK_HALF_THETA,   // as HALF_THETA, in the adjoints
    BACK_REPLACES,     // dF/dtheta is written, not added
    BACK_KEEPS_STATE,  // the adjoint of the state comes out as it went in
    BACK_PAST_END,     // weights of steps after an end count
    BACK_ALONE_WRONG,  // adjoints alone, and wrong
    WIDE_TANGENT,      // writes behind the tangents of the losses
    WIDE_TAPE,         // writes behind its tape
    ROUGH,             // losses jump
    FAILS,
} fault;

static bool ends(fault broken) {
    return broken == ENDS || broken == OTHER_END || broken == BACK_PAST_END;
}

// A number as the system computes it.
static double stored(fault broken, double x) {
    return broken == SINGLE ? (double)(float)x : x;
}

static double draw(const pes_batch *b, int64_t i, int64_t t) {
    float z;
    pes_noise_normal(&b->stream[i], 0, (uint32_t)(b->clock[i] + t), 1, &z);
    return (double)z;
}

static pes_status init(void *user, void *worker, const pes_batch *b) {
    (void)user, (void)worker;
    for (int64_t i = 0; i < b->count; i++) {
        ((double *)b->state)[i] = 1.0;
    }
    return PES_OK;
}

static double step(fault broken, const pes_batch *b, int64_t i, int64_t t) {
    const float *theta = b->theta + 2 * i;
    double *s = (double *)b->state + i;
    const double push =
        sin((double)theta[0]) + (double)theta[0] * (double)theta[1] * draw(b, i, t);
    *s = stored(broken, 0.9 * *s + push);
    if (ends(broken) && b->clock[i] + t + 1 == 5) {
        b->ended[i] = t + 1;
    }
    const double loss = stored(broken, exp(0.25 * *s));
    b->loss[i * b->steps + t] = broken == ROUGH ? floor(30.0 * loss) : loss;
    return *s;
}

static pes_status unroll(void *user, void *worker, const pes_batch *b) {
    (void)worker;
    for (int64_t i = 0; i < b->count; i++) {
        for (int64_t t = 0; t < b->steps; t++) {
            step(*(const fault *)user, b, i, t);
        }
    }
    return PES_OK;
}

static double push_tangent(fault broken, const pes_batch *b, int64_t i, double z,
                           const double *direction) {
    const double t0 = (double)b->theta[2 * i], t1 = (double)b->theta[2 * i + 1];
    const double too_much = broken == HALF_THETA ? 1.01 : 1.0;
    return (cos(t0) + t1 * z) * direction[0] + too_much * t0 * z * direction[1];
}

static pes_status unroll_tangents(void *user, void *worker, const pes_batch *b,
                                  const pes_tangents *g) {
    const fault broken = *(const fault *)user;
    (void)worker;
    if (broken == FAILS) {
        return pes_fail(PES_E_SYSTEM, "no slope in sight");
    }
    for (int64_t i = 0; i < b->count; i++) {
        for (int64_t t = 0; t < b->steps; t++) {
            const double s = step(broken, b, i, t), z = draw(b, i, t);
            for (int64_t m = 0; m < g->directions; m++) {
                const int64_t row = i * g->directions + m;
                const int64_t from = broken == SECOND_DIRECTION ? i * g->directions : row;
                double ds = t == 0 && broken == FORGETS_STATE ? 0.0 : 0.9 * g->state[row];
                ds += push_tangent(broken, b, i, z, g->theta + 2 * from);
                g->state[row] = ds;
                g->loss[row * b->steps + t] = 0.25 * exp(0.25 * s) * ds;
                if (broken == STATE_NOT_UPDATED && t + 1 == b->steps) {
                    g->state[row] = 0.0;
                }
            }
        }
        b->loss[i * b->steps] *= broken == OTHER_LOSS ? 1.0 + 0x1p-52 : 1.0;
        b->ended[i] = broken == OTHER_END ? 0 : b->ended[i];
    }
    g->loss[b->count * g->directions * b->steps - (broken == WIDE_TANGENT ? 0 : 1)] += 0.0;
    if (broken == WIDE_TANGENT) {
        g->loss[b->count * g->directions * b->steps] = 1.0;
    }
    return PES_OK;
}

static void back(fault broken, const pes_batch *b, int64_t i, const pes_adjoints *g) {
    const double *s = (const double *)g->tape + i * b->steps;
    const double t0 = (double)b->theta[2 * i], t1 = (double)b->theta[2 * i + 1];
    double a = g->state[i], *theta = g->theta + 2 * i;
    const bool to_end = b->ended[i] > 0 && broken != BACK_PAST_END;
    for (int64_t t = (to_end ? b->ended[i] : b->steps) - 1; t >= 0; t--) {
        const double z = draw(b, i, t);
        const double too_much =
            broken == BACK_HALF_THETA || broken == BACK_ALONE_WRONG ? 1.01 : 1.0;
        a += g->weight[i * b->steps + t] * 0.25 * exp(0.25 * s[t]);
        theta[0] = (broken == BACK_REPLACES ? 0.0 : theta[0]) + a * (cos(t0) + t1 * z);
        theta[1] += too_much * a * t0 * z;
        a *= 0.9;
    }
    g->state[i] = broken == BACK_KEEPS_STATE ? g->state[i] : a;
}

static pes_status unroll_adjoints(void *user, void *worker, const pes_batch *b,
                                  const pes_adjoints *g) {
    const fault broken = *(const fault *)user;
    (void)worker;
    double *tape = g->tape;
    for (int64_t i = 0; i < b->count; i++) {
        for (int64_t t = 0; t < b->steps; t++) {
            tape[i * b->steps + t] = step(broken, b, i, t);
        }
        back(broken, b, i, g);
        ((double *)b->state)[i] += broken == OTHER_STATE ? 0x1p-40 : 0.0;
    }
    if (broken == WIDE_TAPE) {
        tape[b->count * b->steps] = 1.0;
    }
    return PES_OK;
}

static pes_status test_seed(fault broken, uint64_t seed) {
    const bool alone = broken == NO_TANGENTS || broken == BACK_ALONE_WRONG;
    const pes_system system = {
        .size = (uint32_t)sizeof system,
        .name = "slope",
        .num_params = 2,
        .state_bytes = (int64_t)sizeof(double),
        .user = &broken,
        .init = init,
        .unroll = unroll,
        .num_reals = 1,
        .tape_bytes = broken == NO_ADJOINTS ? 0 : (int64_t)sizeof(double),
        .unroll_tangents = alone ? NULL : unroll_tangents,
        .unroll_adjoints = broken == NO_ADJOINTS ? NULL : unroll_adjoints,
    };
    const float theta[2] = {0.7f, -0.4f};
    return pes_selftest_derivatives(&system, theta, 9, seed);
}

static pes_status test(fault broken) {
    return test_seed(broken, 5);
}

static void right_derivatives_pass(void **unused) {
    (void)unused;
    static const fault right[] = {NONE, SINGLE, ENDS, NO_TANGENTS, NO_ADJOINTS};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        for (uint64_t seed = 1; seed <= 40; seed++) {
            CHECK_OK(test_seed(right[i], seed));
        }
    }
}

static void wrong_tangents_are_found(void **unused) {
    (void)unused;
    CHECK_FAILS(PES_E_SYSTEM, "is not the derivative", test(HALF_THETA));
    CHECK_FAILS(PES_E_SYSTEM, "is not the derivative", test(SECOND_DIRECTION));
    CHECK_FAILS(PES_E_SYSTEM, "split in two", test(FORGETS_STATE));
    CHECK_FAILS(PES_E_SYSTEM, "split in two", test(STATE_NOT_UPDATED));
}

static void wrong_adjoints_are_found(void **unused) {
    (void)unused;
    CHECK_FAILS(PES_E_SYSTEM, "disagrees with unroll_tangents", test(BACK_HALF_THETA));
    CHECK_FAILS(PES_E_SYSTEM, "unroll_adjoints", test(BACK_REPLACES));
    CHECK_FAILS(PES_E_SYSTEM, "split in two", test(BACK_KEEPS_STATE));
    CHECK_FAILS(PES_E_SYSTEM, "unroll_adjoints", test(BACK_PAST_END));
    CHECK_FAILS(PES_E_SYSTEM, "is not the derivative", test(BACK_ALONE_WRONG));
}

static void another_unroll_is_found(void **unused) {
    (void)unused;
    CHECK_FAILS(PES_E_SYSTEM, "where unroll loses", test(OTHER_LOSS));
    CHECK_FAILS(PES_E_SYSTEM, "another state", test(OTHER_STATE));
    CHECK_FAILS(PES_E_SYSTEM, "elsewhere than unroll", test(OTHER_END));
}

static void writing_elsewhere_is_found(void **unused) {
    (void)unused;
    CHECK_FAILS(PES_E_SYSTEM, "outside the tangents of loss", test(WIDE_TANGENT));
    CHECK_FAILS(PES_E_SYSTEM, "outside its tape", test(WIDE_TAPE));
}

static void what_cannot_be_checked_is_refused(void **unused) {
    (void)unused;
    const float theta[2] = {0};
    CHECK_FAILS(PES_E_SYSTEM, "no slope in sight", test(FAILS));
    CHECK_FAILS(PES_E_SYSTEM, "derivative", test(ROUGH));
    pes_system system = {.size = (uint32_t)sizeof system,
                         .name = "flat",
                         .num_params = 2,
                         .init = init,
                         .unroll = unroll};
    CHECK_FAILS(PES_E_ARGUMENT, "no derivatives",
                pes_selftest_derivatives(&system, theta, 4, 1));
    system.unroll_tangents = unroll_tangents;
    CHECK_FAILS(PES_E_ARGUMENT, "steps", pes_selftest_derivatives(&system, theta, 0, 1));
    CHECK_FAILS(PES_E_ARGUMENT, "needs", pes_selftest_derivatives(NULL, theta, 4, 1));
    system.tape_bytes = 8;
    CHECK_FAILS(PES_E_ARGUMENT, "tape_bytes", pes_selftest_derivatives(&system, theta, 4, 1));
    system.tape_bytes = -8;
    CHECK_FAILS(PES_E_ARGUMENT, "negative size",
                pes_selftest_derivatives(&system, theta, 4, 1));
    system.tape_bytes = 0;
    system.init = NULL;
    system.unroll = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "without init and unroll",
                pes_selftest_derivatives(&system, theta, 4, 1));
    system.unroll_tangents = NULL;
    system.num_reals = 1;
    CHECK_FAILS(PES_E_ARGUMENT, "num_reals", pes_selftest_derivatives(&system, theta, 4, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_derivatives_pass),
        cmocka_unit_test(wrong_tangents_are_found),
        cmocka_unit_test(wrong_adjoints_are_found),
        cmocka_unit_test(another_unroll_is_found),
        cmocka_unit_test(writing_elsewhere_is_found),
        cmocka_unit_test(what_cannot_be_checked_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
