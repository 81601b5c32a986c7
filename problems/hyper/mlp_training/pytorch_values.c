#include "problems/hyper/mlp_training/pytorch_values.h"

#include <math.h>
#include <string.h>

// The row in which a tensor's value of a hyperparameter is tuned; NULL: it is not.
static const pes_mlp_tuned *find_row(const pes_mlp_tune *tune, pes_mlp_hyper hyper,
                                     int64_t tensor) {
    for (int64_t r = 0; r < tune->count; r++) {
        if (tune->row[r].hyper == hyper && tune->row[r].target[tensor] >= 0) {
            return &tune->row[r];
        }
    }
    return NULL;
}

// ---- values ---------------------------------------------------------------------------------

void pes_mlp_print_number(FILE *out, double x) {
    if (isinf(x)) {
        fputs(x > 0.0 ? "math.inf" : "-math.inf", out);
    } else {
        fprintf(out, "%.9g", x);
    }
}

// One parameter of a schedule in natural units. The bounds come last, behind the schedule.
static double natural(const pes_mlp_tuned *row, int64_t param, float theta) {
    const bool exponent = pes_mlp_schedule_is_exponent(row->schedule, param);
    const bool logarithm = strcmp(row->course.transform->name, "log") == 0;
    float value = theta;
    if (exponent || logarithm) {
        pes_kernels_scalar.exp(1, &theta, &value);
    } else {
        row->course.transform->natural(&pes_kernels_scalar, 1, row->course.bounds, &theta,
                                       &value);
    }
    return (double)value;
}

// piecewise(t, [theta, ...], log), or logit(0, 1)
static void print_knots(FILE *out, const pes_mlp_tuned *row, const float *theta) {
    const char *transform = row->course.transform->name;
    fputs("piecewise(t, [", out);
    for (int64_t k = 0; k < row->course.params; k++) {
        fprintf(out, "%s%.9g", k > 0 ? ", " : "", (double)theta[k]);
    }
    fprintf(out, "], %s", transform);
    if (strcmp(transform, "logit") == 0) {
        fprintf(out, "(%.9g, %.9g)", (double)row->course.bounds.low,
                (double)row->course.bounds.high);
    }
    fputs(")", out);
}

// An entry that is tuned: a number, or `lambda t: linear(t, 0.1, 0.01)`.
static void print_course(FILE *out, const pes_mlp_tuned *row, const float *theta) {
    const bool bounded = row->given != NULL && row->given->bounds.count == 2;
    if (!row->schedule->constant) {
        fputs("lambda t: ", out);
    }
    fputs(bounded ? "bounded(" : "", out);
    if (row->schedule->constant) {
        pes_mlp_print_number(out, natural(row, 0, theta[0]));
    } else if (row->schedule->num_params == 0) {
        print_knots(out, row, theta);
    } else {
        fprintf(out, "%s(t", row->schedule->name);
        for (int64_t p = 0; p < row->course.params; p++) {
            fputs(", ", out);
            pes_mlp_print_number(out, natural(row, p, theta[p]));
        }
        fputs(")", out);
    }
    if (bounded) {
        fputs(", ", out);
        pes_mlp_print_number(out, row->low);
        fputs(", ", out);
        pes_mlp_print_number(out, (double)row->course.bounds.high);
        fputs(")", out);
    }
}

void pes_mlp_print_entry(const pes_mlp_listing *p, pes_mlp_hyper hyper, int64_t tensor) {
    const pes_mlp_tuned *row = find_row(p->tune, hyper, tensor);
    if (row == NULL) {
        pes_mlp_print_number(p->out, (double)p->tune->fixed.value[hyper][tensor]);
        return;
    }
    print_course(p->out, row,
                 p->theta + row->offset + row->target[tensor] * row->course.params);
}

// Do two tensors have the same value by construction?
static bool alike(const pes_mlp_tune *tune, pes_mlp_hyper hyper, int64_t a, int64_t b) {
    const pes_mlp_tuned *row = find_row(tune, hyper, a);
    return row == find_row(tune, hyper, b) && (row == NULL || row->target[a] == row->target[b]);
}

// NAME = [entry] * 6, or one entry a line with the tensor behind it.
void pes_mlp_print_list(const pes_mlp_listing *p, pes_mlp_hyper hyper, const char *name,
                        int64_t stride, int64_t count) {
    bool same = true;
    for (int64_t i = 1; i < count; i++) {
        same = same && alike(p->tune, hyper, 0, i * stride);
    }
    fprintf(p->out, "%s = [", name);
    if (same && count > 0) {
        pes_mlp_print_entry(p, hyper, 0);
        fprintf(p->out, "] * %lld\n", (long long)count);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        const char kind = stride == 2 ? 'h' : i % 2 == 0 ? 'w' : 'b';
        fputs("\n    ", p->out);
        pes_mlp_print_entry(p, hyper, i * stride);
        fprintf(p->out, ",  # %c%lld", kind, (long long)(stride == 2 ? i : i / 2));
    }
    fputs(count > 0 ? "\n]\n" : "]\n", p->out);
}
