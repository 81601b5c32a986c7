// The picture of `pes variance`: squared error and squared bias against the number of unrolls
// in an episode, both axes logarithmic.
//
// Bars are one standard error. A squared bias that is less than two standard errors above 0 is
// drawn as a hollow triangle at the largest value within two of them: it may be anything below.
// An estimate without error, such as the analytic gradient of a single unroll, has no place on
// a logarithmic axis and is left out.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plot.h"
#include "cli/variance.h"

// Gradients are floats: what is left of a squared error below this is their rounding, about
// 2^-48 of the square.
static const double rounding = 1e-12;

typedef struct picture {
    const char *problem;
    const json_t *rows;
} picture;

typedef struct mark {
    double unrolls;
    double value;
    double error;
} mark;

static int by_unrolls(const void *a, const void *b) {
    const mark *x = a, *y = b;
    return (x->unrolls > y->unrolls) - (x->unrolls < y->unrolls);
}

static double real(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static const char *curve_of(const json_t *row) {
    const char *name = json_string_value(json_object_get(row, "curve"));
    return name != NULL ? name : "";
}

// The curve's values of one kind against one reference, in the order of the axis.
static int64_t collect(const picture *p, const char *curve, const char *reference,
                       const char *name, mark *out) {
    char error[64];
    snprintf(error, sizeof error, "%s_se", name);
    int64_t count = 0;
    for (size_t i = 0; i < json_array_size(p->rows); i++) {
        const json_t *row = json_array_get(p->rows, i);
        const json_t *values = json_object_get(row, reference);
        if (strcmp(curve_of(row), curve) == 0 && values != NULL) {
            out[count++] =
                (mark){real(row, "unrolls"), real(values, name), real(values, error)};
        }
    }
    qsort(out, (size_t)count, sizeof *out, by_unrolls);
    return count;
}

static bool is_seen(const mark *m) {
    return m->value > 2.0 * m->error;
}

static bool is_rounding(const mark *m) {
    return fabs(m->value) < rounding && m->error < rounding;
}

// A bar that would reach below 0 ends at a fifth of the value.
static void bars(plot_figure *figure, plot_panel *panel, const mark *m, int64_t count,
                 bool seen_only) {
    for (int64_t i = 0; i < count; i++) {
        const double low = m[i].value - m[i].error;
        const double row[] = {m[i].value, low > 0.2 * m[i].value ? low : 0.2 * m[i].value,
                              m[i].value + m[i].error};
        if (m[i].value > 0.0 && !is_rounding(&m[i]) && (!seen_only || is_seen(&m[i]))) {
            plot_row(figure, panel, m[i].unrolls, 3, row);
        }
    }
}

static void bounds(plot_figure *figure, plot_panel *panel, const mark *m, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const double bound = fmax(m[i].value, 0.0) + 2.0 * m[i].error;
        if (!is_seen(&m[i]) && !is_rounding(&m[i]) && bound > 0.0) {
            plot_row(figure, panel, m[i].unrolls, 1, &bound);
        }
    }
}

static void value_panel(plot_figure *figure, const picture *p, const char *title,
                        const char *reference, const char *name, mark *work) {
    const bool is_bias = strcmp(name, "squared_bias") == 0;
    plot_panel *panel = plot_add_panel(figure, title, "unrolls in an episode, T / K",
                                       is_bias ? "squared bias over squared gradient"
                                               : "squared error over squared gradient");
    panel->scale = panel->x_scale = PLOT_LOG;
    for (int64_t c = 0; c < figure->entries; c++) {
        char comment[2 * PLOT_TEXT];
        const int64_t count = collect(p, figure->entry[c], reference, name, work);
        snprintf(comment, sizeof comment, "%s: unrolls value low high", figure->entry[c]);
        plot_begin(figure, panel, PLOT_BARS, c, comment);
        bars(figure, panel, work, count, is_bias);
        if (is_bias) {
            snprintf(comment, sizeof comment, "%s: unrolls, bound where none is seen",
                     figure->entry[c]);
            plot_begin(figure, panel, PLOT_BOUND, c, comment);
            bounds(figure, panel, work, count);
        }
    }
}

// The full-ES reference's own expected squared error, below which no curve can be trusted.
static void floor_curve(plot_figure *figure, const picture *p) {
    plot_panel *panel = &figure->panel[figure->panels - 1];
    double error = NAN;
    for (size_t i = 0; i < json_array_size(p->rows); i++) {
        const json_t *es = json_object_get(json_array_get(p->rows, i), "full_es");
        error = fmax(error, real(es, "reference_error"));
    }
    if (error > 0.0 && panel->x_most > panel->x_least) {
        const double ends[] = {panel->x_least, panel->x_most};
        plot_begin(figure, panel, PLOT_GUIDE, 0, "unrolls, the reference's own squared error");
        for (int i = 0; i < 2; i++) {
            plot_row(figure, panel, ends[i], 1, &error);
        }
    }
}

// Each curve's name once, in the order of the table.
static bool name_entries(plot_figure *figure, const json_t *rows) {
    if (!plot_make_entries(figure, (int64_t)json_array_size(rows))) {
        return false;
    }
    int64_t kept = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *name = curve_of(json_array_get(rows, i));
        int64_t at = 0;
        while (at < kept && strcmp(figure->entry[at], name) != 0) {
            at++;
        }
        figure->entry[at] = name;
        kept += at == kept;
    }
    figure->entries = kept;
    return true;
}

static bool any_has(const json_t *rows, const char *reference) {
    for (size_t i = 0; i < json_array_size(rows); i++) {
        if (json_object_get(json_array_get(rows, i), reference) != NULL) {
            return true;
        }
    }
    return false;
}

static int fill(plot_figure *figure, void *argument) {
    const picture *p = argument;
    mark *work = calloc(json_array_size(p->rows) + 1, sizeof *work);
    if (work == NULL || !name_entries(figure, p->rows)) {
        free(work);
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    const bool exact = any_has(p->rows, "exact"), es = any_has(p->rows, "full_es");
    const json_t *first = json_array_get(p->rows, 0);
    snprintf(figure->title, sizeof figure->title,
             "%s: gradient estimates summed over an episode, %lld repetitions", p->problem,
             (long long)json_integer_value(json_object_get(first, "repetitions")));
    const char *best = exact ? "exact" : "full_es";
    value_panel(figure, p,
                exact ? "Distance to the exact gradient" : "Distance to a full-ES mean", best,
                "squared_error", work);
    value_panel(figure, p, "Squared bias (triangle: at most so much)", best, "squared_bias",
                work);
    if (exact && es) {
        value_panel(figure, p, "Distance to a full-ES mean (dotted: its own error)", "full_es",
                    "squared_error", work);
    }
    if (es) {
        floor_curve(figure, p);
    }
    free(work);
    return CLI_OK;
}

int variance_draw(const char *name, const char *problem, const json_t *rows) {
    picture p = {.problem = problem, .rows = rows};
    return plot_picture(name, fill, &p, "no point of the table has a value to draw");
}
