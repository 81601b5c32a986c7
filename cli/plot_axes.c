// The axes of a panel, as commands of gnuplot.

#include <math.h>

#include "cli/plot.h"

bool plot_is_map(const plot_panel *panel) {
    return panel->curves > 0 && panel->curve[0].style == PLOT_MAP;
}

static bool is_log(const plot_panel *panel) {
    const double decade = 10.0;
    return panel->scale != PLOT_LINEAR && panel->least > 0.0 &&
           (panel->scale == PLOT_LOG || panel->most > decade * panel->least);
}

// Large numbers on the x axis are told in thousands or millions.
double plot_x_unit(const plot_panel *panel, const char **words) {
    static const char *const names[] = {"", " [thousands]", " [millions]"};
    const bool is_plain =
        plot_is_map(panel) || panel->x_scale == PLOT_LOG || panel->x_most < 2e5;
    const int step = is_plain ? 0 : panel->x_most < 2e6 ? 1 : 2;
    *words = names[step];
    return step == 0 ? 1.0 : step == 1 ? 1e3 : 1e6;
}

// The marks of a logarithmic axis: 1, 2 and 5, or all whole numbers, times powers of ten.
// Returns how many there are; `out` may be NULL.
static int write_marks(FILE *out, double low, double high, bool sparse) {
    int count = 0;
    for (int decade = (int)floor(log10(low)); decade <= (int)ceil(log10(high)); decade++) {
        for (int mark = 1; mark <= 9; mark++) {
            const double value = mark * pow(10.0, decade);
            const bool wanted = !sparse || mark == 1 || mark == 2 || mark == 5;
            if (wanted && value >= low && value <= high) {
                if (out != NULL) {
                    fprintf(out, "%s%.9g", count > 0 ? ", " : "", value);
                }
                count++;
            }
        }
    }
    return count;
}

// A logarithmic axis from end to end, with marks of its own where whole decades are too few.
static void write_log_axis(FILE *out, const char *axis, double least, double most) {
    const double margin = most / least < 3.0 ? 2.0 : 1.1; // what hardly moves should look so
    const double low = least / margin, high = most * margin;
    const bool wide = high >= 1e6 || low < 1e-4;
    fprintf(out, "set logscale %s\nset format %s '%s'\nset %srange [%.9g:%.9g]\n", axis, axis,
            wide ? "10^{%T}" : "%g", axis, low, high);
    if (high / low > 300.0 || wide) {
        return;
    }
    fprintf(out, "set %stics (", axis);
    const bool few = write_marks(NULL, low, high, true) < 3;
    write_marks(out, low, high, !few);
    fputs(")\n", out);
}

// A linear axis from zero to the end of the data, or to the next mark if that is near, so that
// the last mark is there: 4 to 9 marks, the last of them as near to the end as can be.
static void write_x_axis(FILE *out, const plot_panel *panel, double unit) {
    static const double leading[] = {5.0, 4.0, 2.5, 2.0, 1.0};
    enum { LEADING = sizeof leading / sizeof *leading };
    const double end = panel->x_most / unit;
    if (plot_is_map(panel) ||
        !(panel->x_least >= 0.0 && panel->x_least <= 0.2 * panel->x_most) || !(end > 0.0)) {
        return;
    }
    double best = 1.05 * end, mark = 0.0;
    for (int i = 0; i < 2 * LEADING; i++) {
        const double step = leading[i % LEADING] * pow(10.0, floor(log10(end)) - i / LEADING);
        const double marks = ceil(end / step - 1e-6);
        if (marks >= 4.0 && marks <= 9.0 && marks * step < best * (1.0 - 1e-9)) {
            best = marks * step;
            mark = step;
        }
    }
    fprintf(out, "set xrange [0:%.9g]\n", mark > 0.0 ? best : end);
    if (mark > 0.0) {
        fprintf(out, "set xtics 0,%.9g\n", mark);
    }
}

void plot_write_axes(FILE *out, const plot_panel *panel) {
    const char *words = "";
    char label[2 * PLOT_TEXT];
    const double unit = plot_x_unit(panel, &words);
    snprintf(label, sizeof label, "%s%s", panel->x_label, words);
    fputs("set title ", out);
    plot_quote(out, panel->title);
    fputs(" font ',12' offset 0,-0.3\nset xlabel ", out);
    plot_quote(out, label);
    fputs("\nset ylabel ", out);
    plot_quote(out, panel->y_label);
    fputs(
        "\nunset logscale\nset format '%g'\nset tics autofreq\nset xrange [*:*]\n"
        "set autoscale xfix\nset autoscale y\n",
        out);
    if (panel->x_scale == PLOT_LOG && panel->x_least > 0.0) {
        write_log_axis(out, "x", panel->x_least, panel->x_most);
    } else {
        write_x_axis(out, panel, unit);
    }
    if (plot_is_map(panel)) {
        fprintf(out, "set autoscale yfix\nset cbrange [%.9g:%.9g]\n", panel->least,
                panel->most);
    }
    if (panel->is_fixed) {
        const double margin = 0.04 * (panel->most - panel->least);
        fprintf(out, "set yrange [%.9g:%.9g]\n", panel->least - margin, panel->most + margin);
    }
    if (is_log(panel)) {
        write_log_axis(out, plot_is_map(panel) ? "cb" : "y", panel->least, panel->most);
    }
}
