// Ask and tell: the particles' states live in this program, not in the library.
//
// A cart on a rail is pushed by u = -(theta[0] x + theta[1] v); what is minimized is the sum of
// x^2 + 0.01 u^2 over 200 steps of 0.05 seconds. The states are two arrays, as they might be on
// a GPU: one loop handles all particles. The first argument names the method.
//
// expect: success: cost [12][0-9]\.[0-9]

#include <stdio.h>
#include <stdlib.h>

#include <pes/estimator.h>
#include <pes/optimizer.h>

enum { PARTICLES = 20, TRUNCATION = 20, HORIZON = 200, UPDATES = 1000, ROWS = PARTICLES + 1 };

typedef struct carts {
    float x[ROWS]; // position, metres
    float v[ROWS]; // speed, metres per second
} carts;

// The order matters: restart, then copy, then advance. Only methods that share one state ask
// for copies, and that state is the last row.
static void prepare(const pes_ask *ask, carts *c) {
    for (int64_t i = 0; i < ask->count; i++) {
        if (ask->action[i] == PES_ASK_RESTART) {
            float start[2];
            pes_noise_normal(&ask->stream[i], 0, 0, 2, start);
            c->x[i] = start[0];
            c->v[i] = start[1];
        }
    }
    for (int64_t i = 0; i < ask->count; i++) {
        if (ask->action[i] == PES_ASK_COPY) {
            c->x[i] = c->x[ask->source[i]];
            c->v[i] = c->v[ask->source[i]];
        }
    }
}

static void advance(const pes_ask *ask, carts *c, double *loss) {
    for (int64_t i = 0; i < ask->count; i++) {
        const float *theta = ask->theta + 2 * i;
        for (int64_t t = 0; t < ask->steps[i]; t++) { // 0 steps for an idle row
            const float u = -(theta[0] * c->x[i] + theta[1] * c->v[i]);
            c->x[i] += 0.05f * c->v[i];
            c->v[i] += 0.05f * u;
            const float cost = c->x[i] * c->x[i] + 0.01f * u * u;
            loss[i * TRUNCATION + t] = (double)cost;
        }
    }
}

static pes_status learn(pes_estimator *estimator, pes_optimizer *optimizer, float theta[2],
                        double *cost) {
    static carts state;
    static double loss[ROWS * TRUNCATION];
    for (int64_t update = 0; update < UPDATES; update++) {
        pes_ask ask;
        pes_status status = pes_estimator_ask(estimator, theta, &ask);
        if (status != PES_OK) {
            return status;
        }
        prepare(&ask, &state);
        advance(&ask, &state, loss);
        float grad[2];
        pes_estimate_info info;
        status = pes_estimator_tell(estimator, loss, NULL, grad, &info);
        if (status == PES_OK) {
            status = pes_optimizer_apply(optimizer, grad, theta);
        }
        if (status != PES_OK) {
            return status;
        }
        // an episode is HORIZON / TRUNCATION updates: the cost of the last one
        *cost = update % (HORIZON / TRUNCATION) == 0 ? info.loss : *cost + info.loss;
    }
    return PES_OK;
}

int main(int argc, char **argv) {
    // no callbacks, and no state that the library should hold
    const pes_system system = {.size = sizeof system, .name = "cart", .num_params = 2};
    pes_estimator_options options = pes_estimator_options_default();
    options.method = argc > 1 ? argv[1] : "pes";
    options.particles = PARTICLES;
    options.truncation = TRUNCATION;
    options.horizon = HORIZON;
    pes_optimizer_options adam = pes_optimizer_options_default();
    adam.learning_rate = 0.1;
    pes_estimator *estimator = NULL;
    pes_optimizer *optimizer = NULL;
    float theta[2] = {0.0f, 0.0f};
    double cost = 0.0;

    pes_status status = pes_estimator_create(&estimator, &system, &options);
    if (status == PES_OK) {
        status = pes_optimizer_create(&optimizer, &adam, system.num_params);
    }
    if (status == PES_OK) {
        status = learn(estimator, optimizer, theta, &cost);
    }
    printf("%s: cost %.1f with u = -(%.2f x + %.2f v)\n",
           status == PES_OK ? "success" : pes_last_error(), cost, (double)theta[0],
           (double)theta[1]);
    pes_optimizer_destroy(optimizer);
    pes_estimator_destroy(estimator);
    return status == PES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
