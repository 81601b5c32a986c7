// A method is a row of facts.
//
// Every estimator of the family perturbs, unrolls and credits in the same way; what differs is
// how long a perturbation lasts and what becomes of a particle's state between updates. Methods
// that differentiate have a rule instead (derivative.h); one that does both gives its rule to
// an unperturbed trajectory beside the particles. Adding a method is one file with one such
// row, and its line in methods.c.

#ifndef PES_ESTIMATE_METHOD_H
#define PES_ESTIMATE_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "estimate/derivative.h"
#include "pes/estimator.h"

typedef struct pes_method {
    pes_method_info info;

    // Inner steps that a perturbation lasts (R); 0: a whole episode. NULL: particles are not
    // perturbed.
    int64_t (*noise_interval)(const pes_estimator_options *options);

    // Every update starts all particles from one state, which theta itself advances.
    bool guided;

    // Optional. Completes the options, or says what is wrong with them for this method.
    pes_status (*resolve)(pes_estimator_options *options);

    // Optional. Gradients by derivatives: of every particle's own trajectory or, in a method
    // that perturbs, of one unperturbed trajectory; then xi credits past perturbations only.
    const pes_derivative_rule *derivative;
} pes_method;

// NULL if there is none of that name.
const pes_method *pes_method_find(const char *name);

#endif // PES_ESTIMATE_METHOD_H
