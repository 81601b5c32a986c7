// Unbiased online recurrent optimization (Tallec and Ollivier 2018, algorithm 1): the
// derivatives S = ds/dtheta of real-time recurrent learning, approximated by one product s q'
// whose expectation they are. One update is one transition s' = F(s, theta) with losses L:
//
//     gradient = (dL/ds . s) q + dL/dtheta
//     s <- rho0 (dF/ds) s + rho1 nu,    q <- q / rho0 + nu' dF/dtheta / rho1
//     rho0^2 = |q| / |(dF/ds) s|,       rho1^2 = |nu' dF/dtheta| / |nu|
//
// with random signs nu, drawn anew for every update. The norms are balanced for a small
// variance; any positive ones are unbiased. Where a norm is zero its product is nothing but
// noise, and is left out.

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "estimate/methods.h"
#include "noise/noise.h"

static int64_t directions(int64_t num_params) {
    (void)num_params;
    return 1;
}

static double norm(int64_t count, const double *x) {
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += x[i] * x[i];
    }
    return sqrt(sum);
}

// The signs of row i for this update.
static void draw(const pes_derivative_batch *b, int64_t i, double *sign) {
    const int64_t reals = b->system->num_reals;
    pes_noise_perturbation(b->kernels, b->seed, b->unit + i, b->episode[i],
                           b->batch->clock[i] / b->truncation, reals, b->normal);
    for (int64_t d = 0; d < reals; d++) {
        sign[d] = b->normal[d] < 0.0f ? -1.0 : 1.0;
    }
}

// x <- a x + b y
static void combine(int64_t count, double a, double *x, double b, const double *y) {
    for (int64_t i = 0; i < count; i++) {
        x[i] = a * x[i] + b * y[i];
    }
}

// The next product of one row. `state` is (dF/ds) s, `pulled` is nu' dF/dtheta.
static void renew(int64_t reals, double *state, const double *sign, int64_t params,
                  double *partner, const double *pulled) {
    const double kept = norm(params, partner), moved = norm(reals, state);
    const double rho0 = kept > 0.0 && moved > 0.0 ? sqrt(kept / moved) : 0.0;
    combine(reals, rho0, state, 0.0, sign);
    combine(params, rho0 > 0.0 ? 1.0 / rho0 : 0.0, partner, 0.0, pulled);
    const double pull = norm(params, pulled);
    if (pull > 0.0) {
        const double rho1 = sqrt(pull / sqrt((double)reals));
        combine(reals, 1.0, state, rho1, sign);
        combine(params, 1.0, partner, 1.0 / rho1, pulled);
    }
}

// Steps are taken three times from the same states: for what flows forward along s, for what
// the losses pull back, and for what nu does.
static pes_status differentiate(const pes_derivative_batch *b) {
    const int64_t params = b->system->num_params, reals = b->system->num_reals;
    const int64_t count = b->batch->count, steps = b->batch->steps;
    memset(b->direction, 0, (size_t)(count * params) * sizeof *b->direction);
    pes_derivative_save(b);
    PES_TRY(pes_derivative_push(b, 1));
    pes_derivative_restore(b);
    memset(b->adjoint, 0, (size_t)(count * reals) * sizeof *b->adjoint);
    PES_TRY(pes_derivative_pull(b, b->weight, b->gradient));
    for (int64_t i = 0; i < count; i++) {
        combine(params, 1.0, b->gradient + i * params, pes_derivative_weighed(b, i, 0, 1),
                b->partner + i * params);
        draw(b, i, b->adjoint + i * reals);
    }
    memset(b->loss_tangent, 0, (size_t)(count * steps) * sizeof *b->loss_tangent);
    pes_derivative_restore(b);
    PES_TRY(pes_derivative_pull(b, b->loss_tangent, b->pulled)); // no loss has a weight
    for (int64_t i = 0; i < count; i++) {
        draw(b, i, b->adjoint + i * reals);
        renew(reals, b->tangent + i * reals, b->adjoint + i * reals, params,
              b->partner + i * params, b->pulled + i * params);
    }
    return PES_OK;
}

static const pes_derivative_rule rule = {
    .directions = directions,
    .partner = true,
    .differentiate = differentiate,
};

const pes_method pes_method_uoro = {
    .info =
        {
            .name = "uoro",
            .title = "unbiased online recurrent optimization",
            .source = "Tallec and Ollivier 2018, algorithm 1",
            .summary =
                "the derivatives of the state by the parameters, carried forward as one random "
                "product that has them as its expectation",
            .unbiased = true,
            .tangents = true,
            .adjoints = true,
            .target = "the objective",
        },
    .derivative = &rule,
};
