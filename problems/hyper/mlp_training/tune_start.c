// Where runs begin in theta, and where searches look.

#include <math.h>

#include "problems/hyper/mlp_training/tune.h"

// Exponents of schedules: where they begin if no start says so, and where a search looks.
static const double exponent_start = 1.0, exponent_low = 0.01, exponent_high = 100.0;

float pes_mlp_tune_inverse(const pes_mlp_tuned *row, int64_t param, double value) {
    return pes_mlp_schedule_is_exponent(row->schedule, param)
               ? pes_mlp_transform_find("log")->inverse(value, 0.0, 0.0)
               : row->course.transform->inverse(value, row->low, row->high);
}

double pes_mlp_tune_start_value(const pes_mlp_tune *tune, const pes_mlp_tuned *row,
                                int64_t within) {
    const int64_t params = row->course.params, param = within % params;
    const pes_real_list *list = row->start;
    if (list->count == row->course.targets * params) {
        return list->value[within];
    }
    if (list->count == params) {
        return list->value[param];
    }
    if (row->given == NULL) {
        return row->schedule->rate_start[param];
    }
    return pes_mlp_schedule_is_exponent(row->schedule, param) ? exponent_start
           : list->count > 0                                  ? list->value[0]
                             : (double)tune->fixed.value[row->hyper][0];
}

// Uniform between the ends of the range, as theta.
static float draw(const pes_mlp_tuned *row, float uniform) {
    const double low = (double)pes_mlp_tune_inverse(row, 0, row->given->start_range.value[0]);
    const double high = (double)pes_mlp_tune_inverse(row, 0, row->given->start_range.value[1]);
    return (float)(low + (double)uniform * (high - low));
}

// Draws have the number of the table as their step.
static void start_row(const pes_mlp_tune *tune, const pes_mlp_tuned *row, uint64_t seed,
                      float *theta) {
    const pes_stream stream = {.seed = seed};
    const int64_t count = row->course.targets * row->course.params;
    const bool at_random = row->given != NULL && row->given->start_range.count == 2;
    float uniform[PES_MLP_TARGETS * PES_MLP_KNOTS];
    pes_noise_uniform(&stream, PES_MLP_DRAW_START, (uint32_t)row->number, count, uniform);
    for (int64_t i = 0; i < count; i++) {
        const int64_t param = i % row->course.params;
        theta[row->offset + i] =
            at_random && !pes_mlp_schedule_is_exponent(row->schedule, param)
                ? draw(row, uniform[i])
                : pes_mlp_tune_inverse(row, param, pes_mlp_tune_start_value(tune, row, i));
    }
}

void pes_mlp_tune_start(const pes_mlp_tune *tune, uint64_t seed, float *theta) {
    for (int64_t r = 0; r < tune->count; r++) {
        start_row(tune, &tune->row[r], seed, theta);
    }
}

// ---- searches -------------------------------------------------------------------------------

// What is usual for the hyperparameter, as far as the bounds allow it; a hair within them,
// where a transform has no theta for the bounds themselves.
static void usual_range(const pes_mlp_tuned *row, double *low, double *high) {
    const pes_mlp_hyper_row *hyper = pes_mlp_hyper_get(row->hyper);
    *low = fmax(hyper->search_low, row->low);
    *high = fmin(hyper->search_high, row->high);
    if (*low >= *high) {
        *low = row->low;
        *high = row->high;
    }
    const double hair = 1e-3 * (*high - *low);
    *low += isfinite(pes_mlp_tune_inverse(row, 0, *low)) ? 0.0 : hair;
    *high -= isfinite(pes_mlp_tune_inverse(row, 0, *high)) ? 0.0 : hair;
}

bool pes_mlp_tune_search_range(const pes_mlp_tune *tune, int64_t index, double *low,
                               double *high) {
    int64_t target = 0, param = 0;
    const pes_mlp_tuned *row = pes_mlp_tune_find(tune, index, &target, &param);
    if (row == NULL) {
        return false;
    }
    double from = exponent_low, to = exponent_high;
    if (!pes_mlp_schedule_is_exponent(row->schedule, param)) {
        const bool own = row->given != NULL && row->given->search_range.count == 2;
        usual_range(row, &from, &to);
        from = own ? row->given->search_range.value[0] : from;
        to = own ? row->given->search_range.value[1] : to;
    }
    *low = (double)pes_mlp_tune_inverse(row, param, from);
    *high = (double)pes_mlp_tune_inverse(row, param, to);
    return true;
}
