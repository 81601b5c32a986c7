// The panel of the parameters: theta of every seed against updates, where a problem has few of
// them and no curve that says more. Where it has many, a panel for each hyperparameter, with
// its values for all that has one of its own.
//
// A run whose theta runs away would flatten all others, so the axis ends where those end.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plot.h"

enum { MOST_PARAMETERS = 4, MOST_FAMILIES = 4, LONGEST_LABEL = 64 };

// "log_a (solid), log_b (dashed)"; numbers where the names are too long for an axis.
static void name_parameters(const experiment *setup, int64_t params, char out[PLOT_TEXT]) {
    static const char *const dashes[MOST_PARAMETERS] = {"solid", "dashed", "dotted",
                                                        "dash-dot"};
    size_t used = 0;
    out[0] = '\0';
    for (int64_t p = 0; p < params && used < PLOT_TEXT; p++) {
        char room[PES_NAME_SIZE];
        const char *name = setup->type->param_name(setup->problem, p, room);
        const int written =
            snprintf(out + used, PLOT_TEXT - used, params > 1 ? "%s%s (%s)" : "%s%s",
                     p > 0 ? ", " : "", name != NULL ? name : "theta", dashes[p]);
        used += written > 0 ? (size_t)written : 0;
    }
    used = used > LONGEST_LABEL ? 0 : PLOT_TEXT;
    for (int64_t p = 0; p < params && used < PLOT_TEXT; p++) {
        const int written = snprintf(out + used, PLOT_TEXT - used, "%s[%lld] (%s)",
                                     p > 0 ? ", " : "theta", (long long)p, dashes[p]);
        used += written > 0 ? (size_t)written : 0;
    }
}

static void parameter_curve(plot_figure *figure, plot_panel *panel, const runs_run *run,
                            int64_t index) {
    static const int dash[MOST_PARAMETERS] = {1, 2, 3, 4};
    const runs_rows *rows = &run->evaluations;
    char comment[PLOT_TEXT + CLI_PATH];
    snprintf(comment, sizeof comment, "%s, %s: updates, theta[%lld]",
             figure->all->group[run->group].label, run->folder, (long long)index);
    plot_begin(figure, panel, PLOT_THIN, run->group, comment);
    plot_dash(figure, index > 0 ? dash[index] : 0);
    for (int64_t r = 0; r < rows->count; r++) {
        const double value = (double)rows->theta[r * rows->params + index];
        plot_row(figure, panel, rows->row[r].update, 1, &value);
    }
}

// ---- runs that run away ---------------------------------------------------------------

// How far the parameters of a run go from where they began.
static double excursion(const runs_rows *rows) {
    double farthest = 0.0;
    for (int64_t i = 0; i < rows->count * rows->params; i++) {
        const double off = fabs((double)rows->theta[i] - (double)rows->theta[i % rows->params]);
        farthest = off > farthest ? off : farthest;
    }
    return farthest;
}

static int compare_reals(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The largest excursion that the axis makes room for, a thousand, or a thousand times the
// median run's: parameters are logarithms and the like, and go no further in a run that works.
// NaN without memory.
static double largest_excursion(const runs *all) {
    const double far = 1000.0;
    double *value = malloc(((size_t)all->count + 1) * sizeof *value);
    if (value == NULL) {
        return NAN;
    }
    for (int64_t i = 0; i < all->count; i++) {
        value[i] = excursion(&all->run[i].evaluations);
    }
    qsort(value, (size_t)all->count, sizeof *value, compare_reals);
    const double median = value[(all->count - 1) / 2];
    free(value);
    return far * fmax(1.0, median);
}

// Ends the axis where the runs end that stay; says so if others go on.
static void cut_off(plot_figure *figure, plot_panel *panel) {
    const runs *all = figure->all;
    const double limit = largest_excursion(all);
    double least = NAN, most = NAN;
    bool is_cut = false;
    figure->failed = figure->failed || isnan(limit);
    for (int64_t i = 0; i < all->count; i++) {
        const runs_rows *rows = &all->run[i].evaluations;
        const bool stays = excursion(rows) <= limit;
        is_cut = is_cut || !stays;
        for (int64_t j = 0; stays && j < rows->count * rows->params; j++) {
            least = fmin(least, (double)rows->theta[j]);
            most = fmax(most, (double)rows->theta[j]);
        }
    }
    if (is_cut && least < most) {
        panel->is_fixed = true;
        panel->least = least;
        panel->most = most;
        snprintf(panel->title, sizeof panel->title,
                 "Parameters, every seed (cut off where they run away)");
    }
}

// ---- many hyperparameters -------------------------------------------------------------

// The hyperparameter that a parameter belongs to, "momentum" of "momentum.w0"; false past the
// last.
static bool read_family(const experiment *setup, int64_t index, char out[PES_NAME_SIZE]) {
    char room[PES_NAME_SIZE];
    const char *name = setup->type->natural_name != NULL
                           ? setup->type->natural_name(setup->problem, index, room)
                           : NULL;
    if (name == NULL) {
        return false;
    }
    snprintf(out, PES_NAME_SIZE, "%.*s", (int)strcspn(name, "."), name);
    return true;
}

// "w0" of "momentum.w0", for one seed of each group: where a run begins a group.
static const char *tensor_name(const runs *all, int64_t run, int64_t index,
                               char room[PES_NAME_SIZE]) {
    const experiment *setup = &all->run[run].setup;
    for (int64_t i = 0; i < run; i++) {
        if (all->run[i].group == all->run[run].group) {
            return "";
        }
    }
    const char *name = setup->type->natural_name(setup->problem, index, room);
    const char *dot = name != NULL ? strchr(name, '.') : NULL;
    return dot != NULL ? dot + 1 : "";
}

static void natural_curve(plot_figure *figure, plot_panel *panel, const runs_run *run,
                          int64_t index) {
    const runs_rows *rows = &run->evaluations;
    const experiment *setup = &run->setup;
    char comment[PLOT_TEXT + CLI_PATH], room[PES_NAME_SIZE];
    snprintf(comment, sizeof comment, "%s, %s: updates, value of theta[%lld]",
             figure->all->group[run->group].label, run->folder, (long long)index);
    plot_begin(figure, panel, PLOT_THIN, run->group, comment);
    plot_name(figure, tensor_name(figure->all, run - figure->all->run, index, room));
    for (int64_t r = 0; r < rows->count; r++) {
        const double value = setup->type->natural(
            setup->problem, index, (double)rows->theta[r * rows->params + index]);
        plot_row(figure, panel, rows->row[r].update, 1, &value);
    }
}

// A panel for the parameters from `first` on that belong to one hyperparameter; the number of
// the next.
static int64_t draw_family(plot_figure *figure, int64_t first, const char *family) {
    const runs *all = figure->all;
    char title[PLOT_TEXT], name[PES_NAME_SIZE];
    snprintf(title, sizeof title, "%s, every parameter and seed", family);
    plot_panel *panel = plot_add_panel(figure, title, "outer updates", family);
    panel->scale = PLOT_FITTING;
    int64_t index = first;
    while (read_family(&all->run[0].setup, index, name) && strcmp(name, family) == 0) {
        for (int64_t i = 0; i < all->count; i++) {
            // the points of a search follow no course
            if (!all->group[all->run[i].group].is_search &&
                index < all->run[i].evaluations.params) {
                natural_curve(figure, panel, &all->run[i], index);
            }
        }
        index++;
    }
    return index;
}

void plot_families(plot_figure *figure) {
    const runs_run *first = &figure->all->run[0];
    char family[PES_NAME_SIZE];
    int64_t index = 0;
    for (int64_t i = 0; i < MOST_FAMILIES && read_family(&first->setup, index, family); i++) {
        index = draw_family(figure, index, family);
    }
}

void plot_parameters(plot_figure *figure) {
    const int64_t params = figure->all->run[0].evaluations.params;
    if (params == 0 || params > MOST_PARAMETERS) {
        return;
    }
    char label[PLOT_TEXT];
    name_parameters(&figure->all->run[0].setup, params, label);
    plot_panel *panel =
        plot_add_panel(figure, "Parameters, every seed", "outer updates", label);
    for (int64_t i = 0; i < figure->all->count; i++) {
        const runs_run *run = &figure->all->run[i];
        const bool is_path = !experiment_is_search(&run->setup);
        for (int64_t p = 0; is_path && p < params && p < run->evaluations.params; p++) {
            parameter_curve(figure, panel, run, p);
        }
    }
    cut_off(figure, panel);
}
