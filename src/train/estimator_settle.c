#include "train/estimator_settle.h"

#include <math.h>
#include <string.h>

#include "base/many.h"

// Did the system end any of these episodes? Mostly not, and then nobody has to look again.
static bool any_ended(int64_t count, const int64_t *ended) {
    int64_t any = 0;
    for (int64_t i = 0; i < count; i++) {
        any |= ended[i];
    }
    return any != 0;
}

// Ends cut the steps of rows first..last - 1 short, and are final.
static void cut_steps(pes_population *p, int64_t first, int64_t last, const int64_t *ended) {
    for (int64_t row = first; row < last; row++) {
        const int64_t end = ended[row - first];
        if (end > 0) {
            p->steps[row] = end < p->steps[row] ? end : p->steps[row];
            p->ended[row] = 1;
        }
    }
}

// Rows after their steps: their shares of the objective, their clocks, and whether their
// episodes are over. `loss` and `ended` begin with row `first`. Are all shares finite?
static bool settle_rows(pes_estimator *e, int64_t first, int64_t last, const double *loss,
                        const int64_t *ended) {
    pes_population *p = &e->population;
    const int64_t width = e->options.truncation, shift = p->signs - 1;
    const pes_objective objective = e->objective;
    const double scale = e->mean_scale;
    const int64_t *steps = p->steps, *length = p->length;
    int64_t *clock = p->clock;
    double *credit = e->credit, *previous = e->previous;
    uint8_t *over = p->ended;
    bool all = true;
    if (ended != NULL && any_ended(last - first, ended)) {
        cut_steps(p, first, last, ended);
    }
    pes_unroll_sums(last - first, steps + first, width, loss, credit + first);
    for (int64_t row = first; row < last; row++, loss += width) {
        credit[row] = pes_unroll_credit_sum(objective, scale, credit[row], steps[row], loss,
                                            &previous[row]);
        clock[row] += steps[row];
        const int64_t whole = length[row >> shift];
        const bool finite = isfinite(credit[row]);
        if ((whole > 0 && clock[row] >= whole) || !finite) {
            over[row] = 1;
        }
        all = all && finite;
    }
    return all;
}

// The same for level rows that no system has ended.
static bool settle_level(pes_estimator *e, int64_t first, int64_t last, const double *loss) {
    pes_population *p = &e->population;
    const int64_t count = last - first, steps = p->steps[first];
    const int64_t clock = p->clock[first] + steps, whole = pes_population_length(p, first);
    double *credit = e->credit + first;
    int64_t *clocks = p->clock;
    e->kernels->add_rows(count, steps, e->options.truncation, loss, credit);
    pes_unroll_credits(e->objective, e->mean_scale, count, steps, e->options.truncation, loss,
                       credit, e->previous + first);
    for (int64_t row = first; row < last; row++) {
        clocks[row] = clock;
    }
    if (whole > 0 && clock >= whole) {
        memset(p->ended + first, 1, (size_t)count);
    }
    const bool all = pes_all_finite(credit, count);
    for (int64_t i = 0; !all && i < count; i++) {
        p->ended[first + i] = p->ended[first + i] || !isfinite(credit[i]);
    }
    return all;
}

// A particle whose loss is not finite takes its antithetic twin along: both are dropped from
// the estimate and restart.
void pes_settle_units(pes_estimator *estimator, int64_t first, int64_t last, bool level,
                      const double *loss, const int64_t *ended) {
    pes_estimator *e = estimator;
    pes_population *p = &e->population;
    const int64_t row_0 = first * p->signs, end = last * p->signs;
    const bool together = level && !any_ended(end - row_0, ended);
    if (together ? settle_level(e, row_0, end, loss)
                 : settle_rows(e, row_0, end, loss, ended)) {
        return;
    }
    for (int64_t u = first; u < last; u++) {
        const int64_t row = u * p->signs, twin = row + p->signs - 1;
        if (!isfinite(e->credit[row]) || !isfinite(e->credit[twin])) {
            e->credit[row] = e->credit[twin] = (double)NAN;
            p->ended[row] = p->ended[twin] = 1;
        }
    }
}

void pes_settle_guide(pes_estimator *estimator, const double *loss, const int64_t *ended) {
    const pes_population *p = &estimator->population;
    const int64_t row = p->units * p->signs;
    (void)settle_rows(estimator, row, row + 1, loss, ended);
}
