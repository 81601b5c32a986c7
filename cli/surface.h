// The objective on a grid of one or two parameters, raw and smoothed: `pes surface`.
//
// Raw is the mean of whole episodes at theta. Smoothed is what full ES and NRES see of it, the
// mean over the Gaussian of a perturbation that lasts for the episode (docs/math.md, equation
// 4):
//
//     F(theta) = E L(theta + eps),   eps ~ N(0, sigma^2 I)
//
// estimated from pairs of opposite sign,
//
//     1/M sum over m of [L(theta + eps_m) + L(theta - eps_m)] / 2
//
// with the same eps_m at every point of the grid, so that the points' errors go together and
// the surface is as smooth as theirs. The standard error is that of the M pairs; episodes are
// the same for all of them. PES draws perturbations anew in every truncation and so has a
// smoothed objective of its own; both become the raw one as sigma becomes small.

#ifndef PES_CLI_SURFACE_H
#define PES_CLI_SURFACE_H

#include "cli/experiment.h"

enum { SURFACE_HORIZONS = 16 };

// One axis: parameter number `index` at `count` values from `low` to `high`.
typedef struct surface_axis {
    int64_t index;
    double low;
    double high;
    int64_t count; // 0: there is no such axis
} surface_axis;

// What is to be computed.
typedef struct surface_plan {
    const experiment *setup;
    const pes_problem *problem;
    const float *base; // num_params: the parameters that the grid does not move
    surface_axis x;
    surface_axis y;
    int64_t horizons; // episode lengths; more than one only without y
    int64_t horizon[SURFACE_HORIZONS];
    int64_t episodes; // whole episodes per point
    int64_t samples;  // M, pairs of the smoothing; 0: raw only
    double sigma;     // of the smoothing
    bool chosen;      // perturb the axes' parameters only, not all of them
    int64_t threads;
} surface_plan;

// Rows of the table: values of y, or horizons.
int64_t surface_rows(const surface_plan *plan);

double surface_value(const surface_axis *axis, int64_t i);

// Computes rows from `first` on and writes each to `table`, whose name is `path`. CLI_OK, or
// another code after one sentence.
int surface_compute(const surface_plan *plan, int64_t first, FILE *table, const char *path,
                    bool quiet);

// Draws a finished table; `folder`: runs whose paths lie on it, `folders` of them, may be 0.
int surface_draw(const char *picture, const char *table, int64_t folders,
                 const char *const *folder);

#endif // PES_CLI_SURFACE_H
