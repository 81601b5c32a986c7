// The panels of a picture: what the runs say, as blocks of numbers.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gain.h"
#include "cli/plot.h"

// ---- blocks ---------------------------------------------------------------------------

plot_panel *plot_add_panel(plot_figure *figure, const char *title, const char *x_label,
                           const char *y_label) {
    plot_panel *panel = &figure->panel[figure->panels++];
    *panel = (plot_panel){.least = NAN, .most = NAN, .x_least = NAN, .x_most = NAN};
    snprintf(panel->title, sizeof panel->title, "%s", title);
    snprintf(panel->x_label, sizeof panel->x_label, "%s", x_label);
    snprintf(panel->y_label, sizeof panel->y_label, "%s", y_label);
    return panel;
}

void plot_begin(plot_figure *figure, plot_panel *panel, plot_style style, int64_t group,
                const char *comment) {
    (void)panel;
    figure->begun = true;
    figure->next = (plot_curve){.style = style, .group = group};
    snprintf(figure->comment, sizeof figure->comment, "%s", comment);
}

void plot_dash(plot_figure *figure, int dash) {
    figure->next.dash = dash;
}

void plot_name(plot_figure *figure, const char *name) {
    snprintf(figure->next.name, sizeof figure->next.name, "%s", name);
}

// The curve's first row is about to be written.
static void open_block(plot_figure *figure, plot_panel *panel) {
    figure->begun = false;
    plot_curve *longer = realloc(panel->curve, ((size_t)panel->curves + 1) * sizeof *longer);
    if (longer == NULL) {
        figure->failed = true;
        return;
    }
    panel->curve = longer;
    panel->curve[panel->curves] = figure->next;
    panel->curve[panel->curves++].block = figure->blocks;
    fprintf(figure->out, "%s# block %lld: %s\n# %s\n", figure->blocks > 0 ? "\n\n" : "",
            (long long)figure->blocks, panel->title, figure->comment);
    figure->blocks++;
}

void plot_row(plot_figure *figure, plot_panel *panel, double x, int64_t count,
              const double *value) {
    if (figure->begun) {
        open_block(figure, panel);
    }
    const bool is_map = plot_is_map(panel);
    if (!figure->failed && isfinite(value[0])) {
        panel->curve[panel->curves - 1].end_x = x;
        panel->curve[panel->curves - 1].end_y = value[0];
    }
    panel->points += is_map;
    fprintf(figure->out, "%.9g", x);
    panel->x_least = fmin(panel->x_least, x);
    panel->x_most = fmax(panel->x_most, x);
    for (int64_t i = 0; i < count; i++) {
        fprintf(figure->out, isfinite(value[i]) ? " %.9g" : " NaN", value[i]);
        if (isfinite(value[i]) && (!is_map || i == 1)) {
            panel->least = fmin(panel->least, value[i]);
            panel->most = fmax(panel->most, value[i]);
        }
    }
    fputc('\n', figure->out);
}

void plot_point(plot_figure *figure, plot_panel *panel, double x, double y) {
    if (figure->begun) {
        open_block(figure, panel);
    }
    fprintf(figure->out, "%.9g %.9g\n", x, y);
}

bool plot_take_runs(plot_figure *figure, const runs *all) {
    int64_t most = 0;
    figure->all = all;
    figure->crowd = all->count > all->groups;
    if (!plot_make_entries(figure, all->groups)) {
        return false;
    }
    for (int64_t g = 0; g < all->groups; g++) {
        figure->entry[g] = all->group[g].label;
        most = all->group[g].count > most ? all->group[g].count : most;
    }
    const char *name = all->run[0].setup.type->name;
    if (most > 1) {
        snprintf(figure->title, sizeof figure->title,
                 "%s: mean (line) and range (band) of up to %lld seeds", name, (long long)most);
    } else {
        snprintf(figure->title, sizeof figure->title, "%s: one seed each", name);
    }
    return true;
}

static const char *group_label(const plot_figure *figure, int64_t group) {
    return figure->all->group[group].label;
}

static const experiment *first_setup(const plot_figure *figure) {
    return &figure->all->run[0].setup;
}

// ---- the objective --------------------------------------------------------------------

static void objective_curve(plot_figure *figure, plot_panel *panel, plot_style style,
                            int64_t group, const runs_point *point, int64_t points,
                            bool against_updates) {
    char comment[2 * PLOT_TEXT];
    snprintf(comment, sizeof comment, "%s: %s %s", group_label(figure, group),
             against_updates ? "updates" : "inner steps",
             style == PLOT_BAND ? "least most (over seeds)" : "mean (over seeds)");
    const double sign = gain_sign(first_setup(figure));
    plot_begin(figure, panel, style, group, comment);
    for (int64_t i = 0; i < points; i++) {
        const runs_range value = gain_range(sign, &point[i].value);
        const double band[2] = {value.least, value.most};
        if (panel->x_scale == PLOT_LOG && point[i].inner_steps == 0.0) {
            continue; // a logarithmic axis has no zero
        }
        plot_row(figure, panel, against_updates ? point[i].update : point[i].inner_steps,
                 style == PLOT_BAND ? 2 : 1, style == PLOT_BAND ? band : &value.mean);
    }
}

static void objective_panel(plot_figure *figure, plot_panel *panel, plot_style style,
                            bool against_updates) {
    for (int64_t g = 0; g < figure->all->groups; g++) {
        const runs_group *group = &figure->all->group[g];
        runs_point *point = NULL;
        if (group->is_search) { // has no updates, and bests at other places for each seed
            if (!against_updates) {
                plot_best_curves(figure, panel, g, RUNS_INNER_STEPS, style);
            }
            continue;
        }
        const int64_t points = runs_group_points(group, &point);
        figure->failed = figure->failed || points < 0;
        if (points > 0 && (style == PLOT_MEAN || group->count > 1)) {
            objective_curve(figure, panel, style, g, point, points, against_updates);
        }
        free(point);
    }
}

// What the objective is, for an axis: "objective (sum of an episode's losses)".
const char *plot_objective_words(const plot_figure *figure) {
    static const char *const words[][2] = {
        {"sum", "objective (sum of an episode's losses)"},
        {"mean", "objective (mean of an episode's losses)"},
        {"final", "objective (an episode's last loss)"},
    };
    const char *name = runs_objective(first_setup(figure));
    if (gain_name(first_setup(figure)) != NULL) {
        return gain_name(first_setup(figure));
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(name, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return "objective";
}

// The inner steps of a run so far; NaN where it has been evaluated at its start only.
static double work_of(const runs_run *run) {
    const runs_rows *rows = &run->evaluations;
    return rows->count > 1 ? rows->row[rows->count - 1].inner_steps : (double)NAN;
}

// Do runs differ so much in their work that those which need little would be a stub at the left
// edge of a linear axis? A trajectory of a gradient baseline beside a thousand particles does.
static bool is_uneven(const runs *all) {
    double least = NAN, most = NAN;
    for (int64_t i = 0; i < all->count; i++) {
        const double work = work_of(&all->run[i]);
        least = fmin(least, work);
        most = fmax(most, work);
    }
    return least > 0.0 && most > 30.0 * least;
}

void plot_objective(plot_figure *figure) {
    char steps[PLOT_TEXT];
    snprintf(steps, sizeof steps, "%s, all particles", gain_steps(first_setup(figure)));
    for (int updates = 0; updates < 2; updates++) {
        plot_panel *panel =
            plot_add_panel(figure, updates ? "Objective by update" : "Objective by computation",
                           updates ? "outer updates" : steps, plot_objective_words(figure));
        const bool gains = gain_name(first_setup(figure)) != NULL;
        panel->scale = gains ? PLOT_LINEAR : PLOT_FITTING;
        panel->x_scale = updates == 0 && is_uneven(figure->all) ? PLOT_LOG : PLOT_LINEAR;
        objective_panel(figure, panel, PLOT_BAND, updates == 1);
        objective_panel(figure, panel, PLOT_MEAN, updates == 1);
    }
}

// ---- the training loss ----------------------------------------------------------------

enum { MOST_POINTS = 500 };

// What makes an update's loss one per inner step, so that runs of different truncations can be
// compared: an update adds K losses to a sum, and K / T of their mean to a mean.
static double per_step(const experiment *setup) {
    const double truncation = (double)setup->estimator.truncation;
    const double horizon = (double)setup->estimator.horizon;
    if (strcmp(setup->estimator.objective, "sum") == 0) {
        return 1.0 / truncation;
    }
    const bool is_mean = strcmp(setup->estimator.objective, "mean") == 0;
    return is_mean && horizon > 0.0 ? horizon / truncation : 1.0;
}

// Means of neighbouring rows, at most MOST_POINTS of them, times `scale`.
static void smoothed(plot_figure *figure, plot_panel *panel, const runs_rows *rows,
                     double scale) {
    const int64_t width = (rows->count + MOST_POINTS - 1) / MOST_POINTS;
    const int64_t least = rows->count >= 100 ? rows->count / 100 : 1;
    const int64_t window = width > least ? width : least;
    for (int64_t i = 0; i + window <= rows->count; i += width > 0 ? width : 1) {
        double sum = 0.0, update = 0.0;
        for (int64_t j = i; j < i + window; j++) {
            sum += rows->row[j].value;
            update += rows->row[j].update;
        }
        const double mean = scale * sum / (double)window;
        plot_row(figure, panel, update / (double)window, 1, &mean);
    }
}

void plot_loss(plot_figure *figure) {
    const bool is_final = strcmp(first_setup(figure)->estimator.objective, "final") == 0;
    plot_panel *panel =
        plot_add_panel(figure, "Training loss estimate, every seed", "outer updates",
                       is_final ? "change of the loss in an update (running mean)"
                                : "loss of an inner step (running mean)");
    panel->scale = PLOT_FITTING;
    for (int64_t i = 0; i < figure->all->count; i++) {
        const runs_run *run = &figure->all->run[i];
        if (run->log.count > 0 && !experiment_is_search(&run->setup)) {
            char comment[PLOT_TEXT + CLI_PATH];
            snprintf(comment, sizeof comment, "%s, %s: updates loss-of-an-inner-step",
                     group_label(figure, run->group), run->folder);
            plot_begin(figure, panel, PLOT_THIN, run->group, comment);
            smoothed(figure, panel, &run->log, per_step(&run->setup));
        }
    }
}

// ---- schedules ------------------------------------------------------------------------

enum { SCHEDULE_POINTS = 200, MOST_SCHEDULES = 2 };

// theta of the first or the last evaluation; NULL if there is none.
static const float *theta_of(const runs_run *run, bool last) {
    const runs_rows *rows = &run->evaluations;
    const bool has_none = !last && experiment_is_search(&run->setup); // a search has no start
    if (rows->count == 0 || has_none ||
        rows->params != run->setup.type->num_params(run->setup.problem)) {
        return NULL;
    }
    return rows->theta + (last ? (rows->count - 1) * rows->params : 0);
}

static int64_t episode_of(const runs_run *run) {
    const int64_t horizon = run->setup.estimator.horizon;
    const int64_t steps = run->setup.run.evaluation_steps;
    return horizon > 0 ? horizon : steps > 0 ? steps : 1000;
}

static void schedule_curve(plot_figure *figure, plot_panel *panel, const runs_run *run,
                           int64_t index, bool last) {
    const float *theta = theta_of(run, last);
    const int64_t length = episode_of(run);
    char comment[PLOT_TEXT + CLI_PATH];
    if (theta == NULL) {
        return;
    }
    snprintf(comment, sizeof comment, "%s, %s: inner step, value at the %s",
             group_label(figure, run->group), run->folder, last ? "end" : "start");
    plot_begin(figure, panel, last ? PLOT_THICK : PLOT_START, run->group, comment);
    for (int64_t i = 0; i <= SCHEDULE_POINTS; i++) {
        const int64_t t = (length - 1) * i / SCHEDULE_POINTS;
        const double value = run->setup.type->curve_at(run->setup.problem, index, theta, t);
        plot_row(figure, panel, (double)t, 1, &value);
    }
}

static bool same_start(const runs_run *a, const runs_run *b) {
    const float *x = theta_of(a, false);
    const float *y = theta_of(b, false);
    return x != NULL && y != NULL && a->evaluations.params == b->evaluations.params &&
           memcmp(x, y, (size_t)a->evaluations.params * sizeof *x) == 0;
}

static void schedule_panel(plot_figure *figure, int64_t index, const pes_problem_curve *curve) {
    const runs *all = figure->all;
    char title[PLOT_TEXT], label[PLOT_TEXT];
    snprintf(title, sizeof title, "Schedule: %s, start (dashed) and end", curve->name);
    snprintf(label, sizeof label, "%s%s%s%s", curve->name, curve->unit[0] ? " [" : "",
             curve->unit, curve->unit[0] ? "]" : "");
    plot_panel *panel = plot_add_panel(figure, title, "inner step of an episode", label);
    panel->scale = curve->logarithmic ? PLOT_LOG : PLOT_LINEAR;
    for (int64_t i = 0; i < all->count; i++) {
        bool known = false;
        for (int64_t j = 0; j < i && !known; j++) {
            known = same_start(&all->run[i], &all->run[j]);
        }
        if (!known) {
            schedule_curve(figure, panel, &all->run[i], index, false);
        }
    }
    for (int64_t i = 0; i < all->count; i++) {
        schedule_curve(figure, panel, &all->run[i], index, true);
    }
}

bool plot_schedules(plot_figure *figure) {
    const experiment *setup = first_setup(figure);
    const pes_problem_type *type = setup->type;
    pes_problem_curve curve;
    if (type->curve != NULL && type->curve(setup->problem, MOST_SCHEDULES, &curve)) {
        return false;
    }
    for (int64_t c = 0; type->curve != NULL && type->curve(setup->problem, c, &curve); c++) {
        schedule_panel(figure, c, &curve);
    }
    return true;
}
