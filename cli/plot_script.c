// The gnuplot script of a picture.
//
// Panels of one size in one or two rows, and the legend below all of them. Colours are Okabe
// and Ito's, which people with colour-blindness can tell apart.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plot.h"

// Pixels.
enum {
    PANEL_WIDTH = 620,
    PANEL_HEIGHT = 400,
    HEAD = 44,
    LEFT = 92,
    RIGHT = 24,
    COLOUR_BOX = 78, // right of a map
    ABOVE = 36,
    BELOW = 62,
    LEGEND_LINE = 26
};

static const char *const colour[] = {"0072B2", "D55E00", "009E73", "CC79A7",
                                     "E69F00", "56B4E9", "000000"};
enum { COLOURS = sizeof colour / sizeof *colour };

typedef struct layout {
    int columns, rows;
    int width, height; // of the picture
} layout;

static const char *colour_of(int64_t group) {
    return colour[group % COLOURS];
}

// Colours come again after the seventh group, with other dashes.
static int dash_of(int64_t group) {
    return 1 + (int)(group / COLOURS);
}

// ---- texts ----------------------------------------------------------------------------

// 'text' for gnuplot, whose enhanced mode reads some letters as commands.
static void quote(FILE *out, const char *text) {
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (strchr("_^{}@&~\\", *text) != NULL) {
            fputc('\\', out);
        }
        fputs(*text == '\'' ? "''" : "", out);
        if (*text != '\'') {
            fputc(*text, out);
        }
    }
    fputc('\'', out);
}

// A file's name without its folder, quoted as a name: the script runs beside its files.
static void quote_file(FILE *out, const char *path) {
    const char *slash = strrchr(path, '/');
    fputc('\'', out);
    for (const char *c = slash != NULL ? slash + 1 : path; *c != '\0'; c++) {
        fputs(*c == '\'' ? "'" : "", out);
        fputc(*c, out);
    }
    fputc('\'', out);
}

// ---- the page -------------------------------------------------------------------------

static layout arrange(const plot_figure *figure) {
    const int panels = (int)figure->panels;
    layout page = {.rows = panels > 3 ? 2 : 1};
    page.columns = (panels + page.rows - 1) / page.rows;
    page.width = page.columns * PANEL_WIDTH;
    page.height =
        HEAD + page.rows * PANEL_HEIGHT + ((int)figure->all->groups + 1) * LEGEND_LINE;
    return page;
}

static void write_terminal(FILE *out, const plot_figure *figure, const layout *page) {
    if (figure->is_svg) {
        fprintf(out,
                "set terminal svg enhanced size %d,%d font 'sans,13' background 'white' "
                "dynamic\n",
                page->width, page->height);
    } else {
        fprintf(out,
                "if (strstrt(GPVAL_TERMINALS, ' pngcairo ') > 0) {\n"
                "    set terminal pngcairo enhanced size %d,%d font 'sans,11'\n"
                "} else {\n"
                "    set terminal png enhanced truecolor size %d,%d\n"
                "}\n",
                page->width, page->height, page->width, page->height);
    }
    fputs("set output ", out);
    quote_file(out, figure->picture);
    fputs("\ndata = ", out);
    quote_file(out, figure->data);
    fputs("\n", out);
}

static void write_head(FILE *out, const plot_figure *figure) {
    int64_t most = 0;
    for (int64_t g = 0; g < figure->all->groups; g++) {
        const int64_t count = figure->all->group[g].count;
        most = count > most ? count : most;
    }
    char title[PLOT_TEXT];
    const char *name = figure->all->run[0].setup.type->name;
    if (most > 1) {
        snprintf(title, sizeof title, "%s: mean (line) and range (band) of up to %lld seeds",
                 name, (long long)most);
    } else {
        snprintf(title, sizeof title, "%s: one seed each", name);
    }
    fputs("set multiplot title ", out);
    quote(out, title);
    fputs(
        " font ',15'\n"
        "unset key\n"
        "set style fill transparent solid 0.2 noborder\n"
        "set border 3 lw 1 lc rgb '#606060'\n"
        "set tics nomirror out scale 0.6 textcolor rgb '#303030'\n"
        "set grid back lw 0.6 lc rgb '#DDDDDD'\n"
        "set palette defined (0 '#440154', 1 '#472D7B', 2 '#3B528B', 3 '#2C728E', "
        "4 '#21918C', 5 '#28AE80', 6 '#5EC962', 7 '#ADDC30', 8 '#FDE725')\n"
        "set palette maxcolors 24\n",
        out);
}

// ---- panels ---------------------------------------------------------------------------

static bool is_map(const plot_panel *panel) {
    return panel->curves > 0 && panel->curve[0].style == PLOT_MAP;
}

static bool is_log(const plot_panel *panel) {
    const double decade_and_half = 30.0;
    return panel->scale != PLOT_LINEAR && panel->least > 0.0 &&
           (panel->scale == PLOT_LOG || panel->most > decade_and_half * panel->least);
}

static void write_margins(FILE *out, const layout *page, int64_t index, bool map) {
    const int column = (int)index % page->columns;
    const int row = (int)index / page->columns;
    const double left = column * PANEL_WIDTH + LEFT;
    const double right = (column + 1) * PANEL_WIDTH - RIGHT - (map ? COLOUR_BOX : 0);
    const double top = page->height - HEAD - row * PANEL_HEIGHT - ABOVE;
    const double bottom = page->height - HEAD - (row + 1) * PANEL_HEIGHT + BELOW;
    fprintf(out,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
            "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
            left / page->width, right / page->width, top / page->height, bottom / page->height);
}

// Large numbers on the x axis are told in thousands or millions.
static double x_unit(const plot_panel *panel, const char **words) {
    static const char *const names[] = {"", " [thousands]", " [millions]"};
    const int step = is_map(panel) || panel->x_most < 2e5 ? 0 : panel->x_most < 2e6 ? 1 : 2;
    *words = names[step];
    return step == 0 ? 1.0 : step == 1 ? 1e3 : 1e6;
}

static void write_axes(FILE *out, const plot_panel *panel) {
    const char *words = "";
    char label[2 * PLOT_TEXT];
    x_unit(panel, &words);
    snprintf(label, sizeof label, "%s%s", panel->x_label, words);
    fputs("set title ", out);
    quote(out, panel->title);
    fputs(" font ',12' offset 0,-0.3\nset xlabel ", out);
    quote(out, label);
    fputs("\nset ylabel ", out);
    quote(out, panel->y_label);
    const bool wide = panel->most >= 1e6 || (panel->least > 0.0 && panel->least < 1e-4);
    const char *axis = is_map(panel) ? "cb" : "y";
    fprintf(out, "\nunset logscale\nset format '%%g'\n");
    if (is_log(panel)) {
        fprintf(out, "set logscale %s\nset format %s '%s'\n", axis, axis,
                wide ? "10^{%T}" : "%g");
    }
    fputs("set autoscale xfix\nset autoscale y\n", out);
    // A learned value that hardly moves should look so.
    if (!is_map(panel) && is_log(panel) && panel->most < 3.0 * panel->least) {
        fprintf(out, "set yrange [%.9g:%.9g]\n", panel->least / 2.0, panel->most * 2.0);
    }
}

// How each style is drawn.
typedef struct pen {
    const char *with;
    bool dashed;     // with the group's own dashes
    bool faint;      // see-through where several seeds share a colour
    const char *rgb; // NULL: the group's; "": none
} pen;

static const pen pens[] = {
    [PLOT_BAND] = {.with = "filledcurves"},
    [PLOT_MEAN] = {.with = "lines lw 2.5", .dashed = true},
    [PLOT_THIN] = {.with = "lines lw 1.2", .dashed = true, .faint = true},
    [PLOT_THICK] = {.with = "lines lw 2", .dashed = true},
    [PLOT_START] = {.with = "lines lw 2 dt 2", .rgb = "555555"},
    [PLOT_MAP] = {.with = "pm3d", .rgb = ""},
    [PLOT_PATH] = {.with = "lines lw 1.8", .dashed = true},
    [PLOT_ENDS] = {.with = "points pt 7 ps 1.4"},
    [PLOT_ORIGIN] = {.with = "points pt 6 ps 1.6 lw 2", .rgb = "000000"},
};

static void write_style(FILE *out, const plot_figure *figure, const plot_curve *curve) {
    const pen *style = &pens[curve->style];
    const bool crowd = figure->all->count > figure->all->groups;
    fprintf(out, "with %s", style->with);
    if (style->dashed) {
        fprintf(out, " dt %d", dash_of(curve->group));
    }
    const char *rgb = style->rgb != NULL ? style->rgb : colour_of(curve->group);
    if (rgb[0] != '\0') {
        fprintf(out, " lc rgb '#%s%s'", style->faint && crowd ? "50" : "", rgb);
    }
}

static void write_using(FILE *out, const plot_panel *panel, plot_style style) {
    const char *words;
    const double unit = x_unit(panel, &words);
    if (is_map(panel)) {
        fputs(style == PLOT_MAP ? "using 1:2:3 " : "using 1:2:(0) ", out);
    } else if (unit > 1.0) {
        fprintf(out, "using ($1/%g):%s ", unit, style == PLOT_BAND ? "2:3" : "2");
    } else {
        fputs(style == PLOT_BAND ? "using 1:2:3 " : "using 1:2 ", out);
    }
}

static void write_panel(FILE *out, const plot_figure *figure, const layout *page,
                        int64_t index) {
    const plot_panel *panel = &figure->panel[index];
    if (panel->curves == 0 || isnan(panel->least)) {
        return;
    }
    fprintf(out, "\n# %s\n", panel->title);
    write_margins(out, page, index, is_map(panel));
    write_axes(out, panel);
    if (is_map(panel)) {
        fputs("set pm3d map interpolate 4,4\nset colorbox\nset border 15\n", out);
    }
    for (int64_t c = 0; c < panel->curves; c++) {
        const plot_curve *curve = &panel->curve[c];
        fputs(c == 0 ? is_map(panel) ? "splot " : "plot " : ", \\\n    ", out);
        fprintf(out, "data index %lld ", (long long)curve->block);
        write_using(out, panel, curve->style);
        write_style(out, figure, curve);
    }
    fputs(is_map(panel) ? "\nunset pm3d\nset border 3\n" : "\n", out);
}

static void write_legend(FILE *out, const plot_figure *figure, const layout *page) {
    const double top = ((double)figure->all->groups + 0.6) * LEGEND_LINE;
    fprintf(out,
            "\n# the legend\nreset\nset lmargin at screen 0.02\nset rmargin at screen 0.98\n"
            "set bmargin at screen 0.0\nset tmargin at screen %.5f\n"
            "unset border\nunset tics\nset xrange [0:1]\nset yrange [0:1]\n"
            "set key center center horizontal Left reverse maxcols 1 samplen 3 font ',12'\n"
            "plot NaN notitle",
            top / page->height);
    for (int64_t g = 0; g < figure->all->groups; g++) {
        fprintf(out, ", \\\n    keyentry with lines lw 4 dt %d lc rgb '#%s' title ", dash_of(g),
                colour_of(g));
        quote(out, figure->all->group[g].label);
    }
    fputs("\nunset multiplot\n", out);
}

char *plot_script(const plot_figure *figure) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    const layout page = arrange(figure);
    fputs("# Draws the picture beside this file: gnuplot ", out);
    quote_file(out, figure->script);
    fputs("\n", out);
    write_terminal(out, figure, &page);
    write_head(out, figure);
    for (int64_t i = 0; i < figure->panels; i++) {
        write_panel(out, figure, &page, i);
    }
    write_legend(out, figure, &page);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
