// The best objective so far: for searches, whose way there is no curve of theta, and to compare
// anything with anything at equal inner steps and at equal seconds.

#include <math.h>
#include <stdlib.h>

#include "cli/gain.h"
#include "cli/plot.h"

// One step of the curve: the old value holds until the new one comes.
static void best_row(plot_figure *figure, plot_panel *panel, plot_style style, double at,
                     const runs_range *value) {
    const runs_range shown = gain_range(gain_sign(&figure->all->run[0].setup), value);
    const double band[2] = {shown.least, shown.most};
    if (panel->x_scale == PLOT_LOG && at <= 0.0) {
        return; // a logarithmic axis has no zero
    }
    plot_row(figure, panel, at, style == PLOT_BAND ? 2 : 1,
             style == PLOT_BAND ? band : &shown.mean);
}

static void best_curve(plot_figure *figure, plot_panel *panel, plot_style style, int64_t group,
                       runs_axis axis) {
    runs_best *best = NULL;
    const int64_t count = runs_group_best(&figure->all->group[group], axis, &best);
    char comment[2 * PLOT_TEXT];
    snprintf(comment, sizeof comment, "%s: %s %s", figure->all->group[group].label,
             axis == RUNS_SECONDS ? "seconds" : "inner steps",
             style == PLOT_BAND ? "least most (best so far, over seeds)"
                                : "mean (best so far, over seeds)");
    figure->failed = figure->failed || count < 0;
    plot_begin(figure, panel, style, group, comment);
    for (int64_t i = 0; i < count; i++) {
        if (i > 0) {
            best_row(figure, panel, style, best[i].at, &best[i - 1].value);
        }
        best_row(figure, panel, style, best[i].at, &best[i].value);
    }
    free(best);
}

void plot_best_curves(plot_figure *figure, plot_panel *panel, int64_t group, runs_axis axis,
                      plot_style style) {
    if (style != PLOT_BAND || figure->all->group[group].count > 1) {
        best_curve(figure, panel, style, group, axis);
    }
}

void plot_best(plot_figure *figure) {
    static const char *const titles[] = {"Best objective so far by computation",
                                         "Best objective so far by time"};
    static const char *const labels[] = {"inner steps, evaluations not counted",
                                         "seconds of the run"};
    for (int axis = 0; axis < 2; axis++) {
        plot_panel *panel =
            plot_add_panel(figure, titles[axis], labels[axis], plot_objective_words(figure));
        const bool gains = gain_name(&figure->all->run[0].setup) != NULL;
        panel->scale = gains ? PLOT_LINEAR : PLOT_FITTING;
        panel->x_scale = PLOT_LOG;
        for (int layer = 0; layer < 2; layer++) {
            for (int64_t g = 0; g < figure->all->groups; g++) {
                plot_best_curves(figure, panel, g, (runs_axis)axis,
                                 layer == 0 ? PLOT_BAND : PLOT_THICK);
            }
        }
    }
}
