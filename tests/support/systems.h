// Small systems whose gradients are known or whose behaviour is awkward, made of one recipe.
//
//     s_t = f(s_{t-1}, theta) + noise z_t,    L_t = g(s_t)        in each of P coordinates
//
// and the losses of the coordinates add up. What may go wrong (early ends, losses that are not
// finite, callbacks that fail) is set in the recipe.

#ifndef PES_TESTS_SUPPORT_SYSTEMS_H
#define PES_TESTS_SUPPORT_SYSTEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/system.h"

typedef enum test_dynamics {
    TEST_LINEAR,    // s <- s + theta, L = s; gradient of the sum: T (T + 1) / 2
    TEST_QUADRATIC, // s <- s + theta, L = s^2 / 2; gradient of the sum: theta sum t^2
    TEST_HISTORY,   // a clipped cubic map with a slow memory: no step forgets the ones before
} test_dynamics;

typedef struct test_recipe {
    test_dynamics dynamics;
    int64_t num_params;   // P
    double noise;         // standard deviation of z, drawn from the stream; 0: none
    bool start_anywhere;  // s_0 = theta / 2 + a draw from the stream, rather than 0
    int64_t end_after;    // the episode ends with this step; 0: never
    int64_t end_drawn;    // the episode ends with a step drawn from 1..end_drawn; 0: never
    double end_above;     // the episode ends when s[0] exceeds this; 0: never
    int64_t bad_modulus;  // particles whose number is 1 modulo this lose NaN ..
    int64_t bad_clock;    // .. in the step after this many; bad_modulus 0: never
    double bad_above;     // the loss is infinite while s[0] exceeds this; 0: never
    int64_t fail_clock;   // unroll fails once a particle has taken this many steps; 0: never
    int64_t fail_episode; // init fails in this episode; 0: never
    bool with_worker;     // worker_open and worker_close are set, and count
    int64_t fail_worker;  // worker number that cannot be opened, from 1; 0: all can
    int64_t workers;      // opened and not closed; ours to count
    int64_t opened;       // opened in all
} test_recipe;

// Uses of the streams, all that the system draws.
enum { TEST_USE_NOISE = 0, TEST_USE_START = 1, TEST_USE_END = 2 };

// A linear system of `num_params` parameters where nothing goes wrong.
test_recipe test_recipe_default(test_dynamics dynamics, int64_t num_params);

// The system of a recipe, which must outlive it.
pes_system test_system(test_recipe *recipe);

// The step with which an episode of that stream ends under `end_drawn`.
int64_t test_drawn_end(const test_recipe *recipe, const pes_stream *stream);

#endif // PES_TESTS_SUPPORT_SYSTEMS_H
