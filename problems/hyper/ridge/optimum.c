// The closed form. SGD settles on w = (X'X + exp(theta) I)^-1 X'y; the outer loss there is a
// smooth function of theta alone, whose minimum is looked for on a grid and then by golden
// sections (Kiefer 1953).

#include <math.h>

#include "problems/hyper/ridge/ridge.h"

typedef double matrix[PES_RIDGE_FEATURES][PES_RIDGE_FEATURES];

// The lower factor L of L L' = X'X + strength I (Cholesky).
static void factorise(const pes_ridge *ridge, double strength, matrix l) {
    for (int64_t i = 0; i < ridge->features; i++) {
        for (int64_t j = 0; j <= i; j++) {
            double left = ridge->inner.gram[i][j] + (i == j ? strength : 0.0);
            for (int64_t k = 0; k < j; k++) {
                left -= l[i][k] * l[j][k];
            }
            l[i][j] = i == j ? sqrt(left) : left / l[j][j];
        }
    }
}

// L L' w = X'y
static void solve(const pes_ridge *ridge, const matrix l, double *w) {
    const int64_t features = ridge->features;
    for (int64_t i = 0; i < features; i++) {
        w[i] = ridge->inner.cross[i];
        for (int64_t k = 0; k < i; k++) {
            w[i] -= l[i][k] * w[k];
        }
        w[i] /= l[i][i];
    }
    for (int64_t i = features - 1; i >= 0; i--) {
        for (int64_t k = i + 1; k < features; k++) {
            w[i] -= l[k][i] * w[k];
        }
        w[i] /= l[i][i];
    }
}

double pes_ridge_settled(const pes_ridge *ridge, double theta, double *w) {
    matrix l;
    double strength;
    ridge->kernels->dexp(1, &theta, &strength);
    factorise(ridge, strength, l);
    solve(ridge, (const double(*)[PES_RIDGE_FEATURES])l, w);
    double loss = 0.5 * ridge->outer.square;
    for (int64_t i = 0; i < ridge->features; i++) {
        double slope = -2.0 * ridge->outer.cross[i];
        for (int64_t j = 0; j < ridge->features; j++) {
            slope += ridge->outer.gram[i][j] * w[j];
        }
        loss += 0.5 * w[i] * slope;
    }
    return loss;
}

static double loss_at(const pes_ridge *ridge, double theta) {
    double w[PES_RIDGE_FEATURES];
    return pes_ridge_settled(ridge, theta, w);
}

// The minimum between `low` and `high`, where there is one.
static double narrow(const pes_ridge *ridge, double low, double high) {
    const double golden = 0.5 * (sqrt(5.0) - 1.0);
    while (high - low > 1e-9) {
        const double a = high - golden * (high - low), b = low + golden * (high - low);
        if (loss_at(ridge, a) < loss_at(ridge, b)) {
            high = b;
        } else {
            low = a;
        }
    }
    return 0.5 * (low + high);
}

double pes_ridge_optimum(const pes_ridge *ridge) {
    enum { PARTS = 10 }; // of a unit of theta
    int64_t best = -PES_RIDGE_RANGE * PARTS;
    double least = loss_at(ridge, (double)best / PARTS);
    for (int64_t i = best + 1; i <= PES_RIDGE_RANGE * PARTS; i++) {
        const double loss = loss_at(ridge, (double)i / PARTS);
        if (loss < least) {
            least = loss;
            best = i;
        }
    }
    if (best == -PES_RIDGE_RANGE * PARTS || best == PES_RIDGE_RANGE * PARTS) {
        return (double)best / PARTS;
    }
    return narrow(ridge, (double)(best - 1) / PARTS, (double)(best + 1) / PARTS);
}
