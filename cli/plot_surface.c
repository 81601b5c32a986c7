// The objective over two parameters, raw and smoothed, with the paths of runs on top; or slices
// along one parameter, one curve for each episode length.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plot.h"
#include "cli/plot_table.h"
#include "cli/surface.h"

// ---- axes and colours -----------------------------------------------------------------

// The number of the parameter that an axis is called after, by its name or its number.
static int64_t find_axis(const experiment *setup, const char *name, int64_t otherwise) {
    char *end = NULL;
    const long long number = strtoll(name, &end, 10);
    if (name[0] != '\0' && *end == '\0') {
        return (int64_t)number;
    }
    for (int64_t p = 0; name[0] != '\0'; p++) {
        char room[PES_NAME_SIZE];
        const char *known = setup->type->param_name(setup->problem, p, room);
        if (known == NULL) {
            break;
        }
        if (strcmp(known, name) == 0) {
            return p;
        }
    }
    return otherwise;
}

static void label_axis(const plot_figure *figure, const char *name, int64_t index,
                       char out[PLOT_TEXT]) {
    const bool is_number = name[0] >= '0' && name[0] <= '9';
    const char *known = NULL;
    char room[PES_NAME_SIZE];
    if (name[0] == '\0' && figure->all != NULL) {
        const experiment *setup = &figure->all->run[0].setup;
        known = setup->type->param_name(setup->problem, index, room);
    }
    if (is_number) {
        snprintf(out, PLOT_TEXT, "theta[%s]", name);
    } else {
        snprintf(out, PLOT_TEXT, "%s",
                 name[0] != '\0' ? name
                 : known != NULL ? known
                                 : "theta");
    }
}

static int compare_reals(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Colours from the least value to the greatest; where a few peaks would leave one colour for
// all the rest, to the 98th percentile of what is there. Raw and smoothed share them.
static bool find_colours(const plot_table *table, double *least, double *most) {
    double *value = calloc(2 * (size_t)table->count, sizeof *value);
    size_t count = 0;
    for (int64_t i = 0; value != NULL && i < table->count; i++) {
        const double both[] = {table->point[i].raw, table->point[i].smooth};
        for (int k = 0; k < 2; k++) {
            if (isfinite(both[k])) {
                value[count++] = both[k];
            }
        }
    }
    if (count == 0) {
        free(value);
        return false;
    }
    qsort(value, count, sizeof *value, compare_reals);
    const double high = value[(size_t)(0.98 * (double)(count - 1))];
    *least = value[0];
    *most = value[count - 1] - *least > 3.0 * (high - *least) && high > *least
                ? high
                : value[count - 1];
    free(value);
    return true;
}

// ---- maps -----------------------------------------------------------------------------

// theta before the first update, where that was evaluated; else theta of the first row.
static const float *start_of(const runs_run *run, const runs_rows *rows) {
    const runs_rows *seen = &run->evaluations;
    const bool has_start =
        seen->count > 0 && seen->params == rows->params && seen->row[0].update == 0;
    return has_start ? seen->theta : rows->theta;
}

// One run's theta, thinned out: its path, its end, or its start.
static void path_curve(plot_figure *figure, plot_panel *panel, const runs_run *run,
                       plot_style style, const int64_t axis[2]) {
    enum { MOST_POINTS = 2000 };
    const bool is_search = experiment_is_search(&run->setup); // whose points are no path
    const runs_rows *rows = run->log.params > 0 && !is_search ? &run->log : &run->evaluations;
    if (rows->params <= axis[0] || rows->params <= axis[1] || rows->count == 0) {
        return;
    }
    char comment[CLI_PATH + 64];
    snprintf(comment, sizeof comment, "%s: theta", run->folder);
    plot_begin(figure, panel, style, run->group, comment);
    if (style == PLOT_ORIGIN && is_search) {
        return;
    }
    if (style != PLOT_ENDS) {
        const float *theta = start_of(run, rows);
        plot_point(figure, panel, (double)theta[axis[0]], (double)theta[axis[1]]);
    }
    const int64_t stride = (rows->count + MOST_POINTS - 1) / MOST_POINTS;
    const int64_t first = style == PLOT_ENDS ? rows->count - 1 : 0;
    const int64_t end = style == PLOT_ORIGIN ? 0 : rows->count;
    for (int64_t i = first; i < end; i += stride) {
        const float *theta = rows->theta + i * rows->params;
        plot_point(figure, panel, (double)theta[axis[0]], (double)theta[axis[1]]);
    }
}

static void add_paths(plot_figure *figure, plot_panel *panel, const int64_t axis[2]) {
    static const plot_style layers[] = {PLOT_HALO, PLOT_PATH, PLOT_ENDS, PLOT_ORIGIN};
    for (size_t layer = 0; layer < sizeof layers / sizeof *layers; layer++) {
        for (int64_t i = 0; figure->all != NULL && i < figure->all->count; i++) {
            path_curve(figure, panel, &figure->all->run[i], layers[layer], axis);
        }
    }
}

static void map_points(plot_figure *figure, plot_panel *panel, const plot_table *table,
                       bool smooth) {
    plot_begin(figure, panel, PLOT_MAP, 0, smooth ? "x y smoothed" : "x y objective");
    for (int64_t i = 0; i < table->count; i++) {
        const plot_table_point *point = &table->point[i];
        const double value[] = {point->y, smooth ? point->smooth : point->raw};
        fputs(i > 0 && point->begins ? "\n" : "", figure->out);
        plot_row(figure, panel, point->x, 2, value);
    }
}

static int map_panel(plot_figure *figure, const plot_table *table, bool smooth) {
    const experiment *setup = figure->all != NULL ? &figure->all->run[0].setup : NULL;
    int64_t axis[2] = {0, 1};
    char x[PLOT_TEXT], y[PLOT_TEXT], title[PLOT_TEXT];
    double least, most;
    if (setup != NULL && setup->type->num_params(setup->problem) < 2) {
        return cli_fail(CLI_USAGE, "%s has one parameter; a map needs two", setup->type->name);
    }
    if (setup != NULL) {
        axis[0] = find_axis(setup, table->x, 0);
        axis[1] = find_axis(setup, table->y, 1);
    }
    label_axis(figure, table->x, 0, x);
    label_axis(figure, table->y, 1, y);
    snprintf(title, sizeof title, "%s%s",
             smooth              ? "Smoothed objective"
             : table->has_smooth ? "Raw objective"
                                 : "Objective",
             figure->all != NULL ? ", and the paths of theta (circle: start)" : "");
    plot_panel *panel = plot_add_panel(figure, title, x, y);
    panel->scale = PLOT_FITTING;
    map_points(figure, panel, table, smooth);
    if (find_colours(table, &least, &most)) {
        panel->least = least;
        panel->most = most;
    }
    add_paths(figure, panel, axis);
    return CLI_OK;
}

// A table that names its problem takes the paths of that problem's runs only.
static int check_problem(const plot_figure *figure, const plot_table *table) {
    const runs_run *run = figure->all != NULL ? &figure->all->run[0] : NULL;
    if (run == NULL || table->problem[0] == '\0' ||
        strcmp(table->problem, run->setup.type->name) == 0) {
        return CLI_OK;
    }
    return cli_fail(
        CLI_USAGE,
        "the surface is one of %s and %s is a run of %s; name a surface and runs of "
        "one problem",
        table->problem, run->folder, run->setup.type->name);
}

static int maps(plot_figure *figure, const plot_table *table) {
    int code = check_problem(figure, table);
    code = code == CLI_OK ? map_panel(figure, table, false) : code;
    return code == CLI_OK && table->has_smooth ? map_panel(figure, table, true) : code;
}

int plot_surface(plot_figure *figure, const char *path) {
    plot_table table;
    int code = plot_table_read(&table, path);
    if (code != CLI_OK) {
        return code;
    }
    code = table.is_slice ? cli_fail(CLI_USAGE,
                                     "%s is a slice along one parameter; 'pes surface' with "
                                     "--picture draws it",
                                     path)
                          : maps(figure, &table);
    plot_table_free(&table);
    return code;
}

// ---- slices ---------------------------------------------------------------------------

// Sums over episodes of different lengths are compared per inner step.
static double unit_of(const plot_table *table, double horizon) {
    const bool per_step =
        strcmp(table->y, "horizon") == 0 && strcmp(table->objective, "sum") == 0;
    return per_step ? 1.0 / horizon : 1.0;
}

// Row number `row` of the table as a curve.
static void slice_curve(plot_figure *figure, plot_panel *panel, const plot_table *table,
                        int64_t row, int64_t group, bool smooth) {
    char comment[PLOT_TEXT];
    int64_t at = -1;
    snprintf(comment, sizeof comment, "%s: x objective%s", figure->entry[group],
             smooth ? ", smoothed" : "");
    plot_begin(figure, panel, smooth ? PLOT_THICK : PLOT_FINE, group, comment);
    for (int64_t i = 0; i < table->count; i++) {
        const plot_table_point *point = &table->point[i];
        at += point->begins;
        if (at == row) {
            const double value =
                unit_of(table, point->y) * (smooth ? point->smooth : point->raw);
            plot_row(figure, panel, point->x, 1, &value);
        }
    }
}

static plot_panel *slice_panel(plot_figure *figure, const plot_table *table,
                               const char *title) {
    char x[PLOT_TEXT], y[PLOT_TEXT];
    label_axis(figure, table->x, 0, x);
    snprintf(y, sizeof y, "%s",
             unit_of(table, 2.0) < 1.0 ? "objective per inner step" : "objective");
    plot_panel *panel = plot_add_panel(figure, title, x, y);
    panel->scale = PLOT_FITTING;
    return panel;
}

// One length: raw and smoothed in one panel.
static void one_slice(plot_figure *figure, const plot_table *table) {
    plot_panel *panel = slice_panel(figure, table, "Objective");
    figure->entry[0] = table->has_smooth ? "raw" : "objective";
    figure->entry[1] = "smoothed";
    slice_curve(figure, panel, table, 0, 0, false);
    if (table->has_smooth) {
        slice_curve(figure, panel, table, 0, 1, true);
    } else {
        figure->entries = 1;
    }
}

// Several lengths: raw to the left, smoothed to the right, on the same axis.
static void many_slices(plot_figure *figure, const plot_table *table) {
    plot_panel *raw = slice_panel(figure, table, table->has_smooth ? "Raw" : "Objective");
    for (int64_t row = 0; row < table->rows; row++) {
        slice_curve(figure, raw, table, row, row, false);
    }
    if (!table->has_smooth) {
        return;
    }
    plot_panel *smooth = slice_panel(figure, table, "Smoothed");
    for (int64_t row = 0; row < table->rows; row++) {
        slice_curve(figure, smooth, table, row, row, true);
    }
    raw->is_fixed = smooth->is_fixed = true;
    raw->least = smooth->least = fmin(raw->least, smooth->least);
    raw->most = smooth->most = fmax(raw->most, smooth->most);
}

static int slices(plot_figure *figure, const plot_table *table,
                  char label[SURFACE_HORIZONS][PLOT_TABLE_NAME]) {
    const int64_t rows = table->rows < SURFACE_HORIZONS ? table->rows : SURFACE_HORIZONS;
    if (!plot_make_entries(figure, rows > 1 ? rows : 2)) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    int64_t row = -1;
    for (int64_t i = 0; i < table->count && rows > 1; i++) {
        row += table->point[i].begins;
        if (table->point[i].begins && row < rows) {
            snprintf(label[row], PLOT_TABLE_NAME, "%s%.9g inner steps",
                     strcmp(table->y, "horizon") == 0 ? "" : "y = ", table->point[i].y);
            figure->entry[row] = label[row];
        }
    }
    if (rows > 1) {
        many_slices(figure, table);
    } else {
        one_slice(figure, table);
    }
    return CLI_OK;
}

// ---- the picture of `pes surface` -----------------------------------------------------

typedef struct surface_wish {
    plot_table table;
    const runs *all;
    char label[SURFACE_HORIZONS][PLOT_TABLE_NAME];
} surface_wish;

static int fill(plot_figure *figure, void *argument) {
    surface_wish *wish = argument;
    const plot_table *table = &wish->table;
    if (wish->all != NULL && !plot_take_runs(figure, wish->all)) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    const char *name = table->problem[0] != '\0' ? table->problem : "objective";
    if (table->has_smooth) {
        snprintf(figure->title, sizeof figure->title, "%s: raw, and smoothed by %.70s", name,
                 table->smoothing);
    } else {
        snprintf(figure->title, sizeof figure->title, "%s", name);
    }
    return table->is_slice ? slices(figure, table, wish->label) : maps(figure, table);
}

int surface_draw(const char *picture, const char *path, int64_t folders,
                 const char *const *folder) {
    surface_wish wish = {.all = NULL};
    runs all;
    int code = plot_table_read(&wish.table, path);
    if (code != CLI_OK) {
        return code;
    }
    if (folders > 0) {
        code = runs_read(&all, folders, folder);
        wish.all = code == CLI_OK ? &all : NULL;
    }
    if (code == CLI_OK) {
        code = plot_picture(picture, fill, &wish, "no point of the surface is finite");
    }
    if (wish.all != NULL) {
        runs_free(&all);
    }
    plot_table_free(&wish.table);
    return code;
}
