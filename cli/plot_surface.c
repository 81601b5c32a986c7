// The objective over two parameters, as a table tells it, with the ways of the runs on top.
//
// The table is what `pes surface` writes, or any other text of that form: lines of x y z (more
// columns are passed over), '#' begins a comment, and an empty line ends a row of the grid. A
// comment "# x NAME=" or "# y NAME=" names the parameter along an axis; without it x is the
// first and y the second one.

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plot.h"

// The number of the parameter that the table's head names for this axis.
static int64_t find_axis(const experiment *setup, const char *text, char axis,
                         int64_t otherwise) {
    const char head[] = {'#', ' ', axis, ' ', '\0'};
    const char *name = strncmp(text, head, 4) == 0 ? text : NULL;
    for (const char *line = strchr(text, '\n'); name == NULL && line != NULL;
         line = strchr(line + 1, '\n')) {
        name = strncmp(line + 1, head, 4) == 0 ? line + 1 : NULL;
    }
    const size_t length = name != NULL ? strcspn(name + 4, "=\n") : 0;
    for (int64_t p = 0; length > 0; p++) {
        const char *known = setup->type->param_name(setup->problem, p);
        if (known == NULL) {
            break;
        }
        if (strlen(known) == length && strncmp(known, name + 4, length) == 0) {
            return p;
        }
    }
    return otherwise;
}

// The lines of the table into a block; the number of points, or -1 - the line that is wrong.
// Empty lines between rows of the grid become one: two of them would end the block.
static int64_t copy_table(plot_figure *figure, plot_panel *panel, const char *text) {
    int64_t points = 0;
    bool gap = false;
    for (int64_t line = 1; *text != '\0'; line++) {
        const size_t length = strcspn(text, "\n");
        const char *begin = text + strspn(text, " \t\r");
        double x, y, z;
        if (begin >= text + length) {
            gap = points > 0;
        } else if (*begin != '#') {
            if (sscanf(begin, "%lf %lf %lf", &x, &y, &z) != 3) {
                return -1 - line;
            }
            const double value[] = {y, z};
            fputs(gap ? "\n" : "", figure->out);
            plot_row(figure, panel, x, 2, value);
            gap = false;
            points++;
        }
        text += length + (text[length] == '\n');
    }
    return points;
}

// One run's theta, thinned out: its way, its end, or its start (the first row that has one).
static void path_curve(plot_figure *figure, plot_panel *panel, const runs_run *run,
                       plot_style style, const int64_t axis[2]) {
    enum { MOST_POINTS = 2000 };
    const runs_rows *rows = run->log.params > 0 ? &run->log : &run->evaluations;
    if (rows->params <= axis[0] || rows->params <= axis[1] || rows->count == 0) {
        return;
    }
    char comment[CLI_PATH + 64];
    snprintf(comment, sizeof comment, "%s: theta", run->folder);
    plot_begin(figure, panel, style, run->group, comment);
    const int64_t stride = (rows->count + MOST_POINTS - 1) / MOST_POINTS;
    const int64_t first = style == PLOT_ENDS ? rows->count - 1 : 0;
    const int64_t end = style == PLOT_ORIGIN ? 1 : rows->count;
    for (int64_t i = first; i < end; i += stride) {
        const float *theta = rows->theta + i * rows->params;
        plot_point(figure, panel, (double)theta[axis[0]], (double)theta[axis[1]]);
    }
}

static void add_paths(plot_figure *figure, plot_panel *panel, const int64_t axis[2]) {
    static const plot_style layers[] = {PLOT_HALO, PLOT_PATH, PLOT_ENDS, PLOT_ORIGIN};
    for (size_t layer = 0; layer < sizeof layers / sizeof *layers; layer++) {
        for (int64_t i = 0; i < figure->all->count; i++) {
            path_curve(figure, panel, &figure->all->run[i], layers[layer], axis);
        }
    }
}

static const char *param_label(const experiment *setup, int64_t index) {
    const char *name = setup->type->param_name(setup->problem, index);
    return name != NULL ? name : "theta";
}

static int surface_panel(plot_figure *figure, const char *path, const char *text) {
    const experiment *setup = &figure->all->run[0].setup;
    const int64_t axis[2] = {find_axis(setup, text, 'x', 0), find_axis(setup, text, 'y', 1)};
    if (setup->type->num_params(setup->problem) < 2) {
        return cli_fail(CLI_USAGE, "%s has one parameter; --surface needs two",
                        setup->type->name);
    }
    plot_panel *panel =
        plot_add_panel(figure, "Objective, and the ways of theta (circle: start)",
                       param_label(setup, axis[0]), param_label(setup, axis[1]));
    panel->scale = PLOT_FITTING;
    plot_begin(figure, panel, PLOT_MAP, 0, "x y objective");
    const int64_t points = copy_table(figure, panel, text);
    if (points < -1) {
        return cli_fail(CLI_USAGE, "%s:%lld: a line of the table is x y z, three numbers", path,
                        (long long)(-1 - points));
    }
    if (points < 4) {
        return cli_fail(CLI_USAGE, "%s holds no grid; 'pes surface' writes one", path);
    }
    add_paths(figure, panel, axis);
    return CLI_OK;
}

int plot_surface(plot_figure *figure, const char *path) {
    char *text = cli_read_file(path, NULL);
    if (text == NULL) {
        return cli_fail(CLI_USAGE, "%s could not be read: %s", path, strerror(errno));
    }
    const int code = surface_panel(figure, path, text);
    free(text);
    return code;
}
