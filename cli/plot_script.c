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
    LEGEND_LINE = 26,
    SAMPLE = 36,    // length of a line in the legend,
    SAMPLE_GAP = 8, // from its text,
    ENTRY_GAP = 20  // and from that to the next line
};

static const char *const colour[] = {"0072B2", "D55E00", "009E73", "CC79A7",
                                     "E69F00", "56B4E9", "000000"};
enum { COLOURS = sizeof colour / sizeof *colour };

typedef struct layout {
    int columns, rows;
    int width, height; // of the picture
    int legend_columns, legend_rows;
    int legend_width; // of one entry
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
void plot_quote(FILE *out, const char *text) {
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

// A file's name without its folder, quoted as a name.
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

// Pixels that a text takes in the legend, rather too many: DejaVu Sans at 16 pixels.
static int width_of(const char *text) {
    static const struct {
        const char *letters;
        int width;
    } classes[] = {{"mwMWGOQ@%&+<>=~#", 16}, {"fijlrtI.,:;'|!()[]/ -", 7}};
    int width = 0;
    for (; *text != '\0'; text++) {
        const bool continues = ((unsigned char)*text & 0xC0) == 0x80; // of a letter in UTF-8
        int own = continues ? 0 : 10;
        for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
            own = strchr(classes[i].letters, *text) != NULL ? classes[i].width : own;
        }
        width += own;
    }
    return width;
}

static layout arrange(const plot_figure *figure) {
    const int panels = (int)figure->panels;
    layout page = {.rows = panels > 3 ? 2 : 1};
    page.columns = (panels + page.rows - 1) / page.rows;
    page.width = page.columns * PANEL_WIDTH;
    int widest = 1;
    for (int64_t g = 0; g < figure->entries; g++) {
        const int width = width_of(figure->entry[g]);
        widest = width > widest ? width : widest;
    }
    page.legend_width = SAMPLE + SAMPLE_GAP + widest + ENTRY_GAP;
    const int groups = (int)figure->entries;
    if (groups == 0) {
        page.legend_columns = 1;
        page.height = HEAD + page.rows * PANEL_HEIGHT;
        return page;
    }
    const int fitting = page.width / page.legend_width;
    page.legend_columns = fitting < 1 ? 1 : fitting < groups ? fitting : groups;
    page.legend_rows = (groups + page.legend_columns - 1) / page.legend_columns;
    page.legend_columns = (groups + page.legend_rows - 1) / page.legend_rows;
    page.height = HEAD + page.rows * PANEL_HEIGHT + (page.legend_rows + 1) * LEGEND_LINE;
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
    // without it an SVG's '&' is no XML
    fputs(
        "set encoding utf8\n"
        "here = ''\n"
        "if (exists('ARG0')) {\n"
        "    do for [i = 1:strlen(ARG0)] { if (ARG0[i:i] eq '/') { here = ARG0[1:i] } }\n"
        "}\n"
        "set output here.",
        out);
    quote_file(out, figure->picture);
    fputs("\ndata = here.", out);
    quote_file(out, figure->data);
    fputs("\n", out);
}

static void write_head(FILE *out, const plot_figure *figure) {
    fputs("set multiplot title ", out);
    plot_quote(out, figure->title);
    fputs(
        " font ',15'\n"
        "unset key\n"
        "set tics nomirror out scale 0.6 textcolor rgb '#303030'\n"
        "set palette defined (0 '#440154', 1 '#472D7B', 2 '#3B528B', 3 '#2C728E', "
        "4 '#21918C', 5 '#28AE80', 6 '#5EC962', 7 '#ADDC30', 8 '#FDE725')\n"
        "set palette maxcolors 24\n",
        out);
}

// ---- panels ---------------------------------------------------------------------------

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

// How each style is drawn.
typedef struct pen {
    const char *with;
    bool dashed;     // with the group's own dashes
    bool faint;      // see-through where several seeds share a colour
    const char *rgb; // NULL: the group's; "": none
} pen;

static const pen pens[] = {
    [PLOT_BAND] = {.with = "filledcurves fs transparent solid 0.2 noborder"},
    [PLOT_MEAN] = {.with = "lines lw 2.5", .dashed = true},
    [PLOT_THIN] = {.with = "lines lw 1.2", .dashed = true, .faint = true},
    [PLOT_THICK] = {.with = "lines lw 2", .dashed = true},
    [PLOT_FINE] = {.with = "lines lw 1"},
    [PLOT_START] = {.with = "lines lw 2 dt 2", .rgb = "555555"},
    [PLOT_MAP] = {.with = "pm3d", .rgb = ""},
    [PLOT_HALO] = {.with = "lines lw 4", .rgb = "60FFFFFF"},
    [PLOT_PATH] = {.with = "lines lw 1.8", .dashed = true},
    [PLOT_ENDS] = {.with = "points pt 7 ps 1.4"},
    [PLOT_ORIGIN] = {.with = "points pt 6 ps 1.6 lw 2", .rgb = "000000"},
    [PLOT_BARS] = {.with = "yerrorlines lw 2 pt 7 ps 0.7", .dashed = true},
    [PLOT_BOUND] = {.with = "points pt 10 ps 1.1"},
    [PLOT_GUIDE] = {.with = "lines lw 1.5 dt 3", .rgb = "555555"},
};

static void write_style(FILE *out, const plot_figure *figure, const plot_curve *curve) {
    const pen *style = &pens[curve->style];
    const bool crowd = figure->crowd;
    fprintf(out, "with %s", style->with);
    if (style->dashed) {
        fprintf(out, " dt %d", curve->dash > 0 ? curve->dash : dash_of(curve->group));
    }
    const char *rgb = style->rgb != NULL ? style->rgb : colour_of(curve->group);
    if (rgb[0] != '\0') {
        fprintf(out, " lc rgb '#%s%s'", style->faint && crowd ? "50" : "", rgb);
    }
}

static void write_using(FILE *out, const plot_panel *panel, plot_style style) {
    if (style == PLOT_BARS) {
        fputs("using 1:2:3:4 ", out);
        return;
    }
    const char *words;
    const double unit = plot_x_unit(panel, &words);
    if (plot_is_map(panel)) {
        fputs(style == PLOT_MAP ? "using 1:2:3 " : "using 1:2:(0) ", out);
    } else if (unit > 1.0) {
        fprintf(out, "using ($1/%g):%s ", unit, style == PLOT_BAND ? "2:3" : "2");
    } else {
        fputs(style == PLOT_BAND ? "using 1:2:3 " : "using 1:2 ", out);
    }
}

// A line and a label for each group, from left to right, in the strip below the panels.
static void write_legend(FILE *out, const plot_figure *figure, const layout *page) {
    const int groups = (int)figure->entries;
    const double indent = 0.5 * (page->width - page->legend_columns * page->legend_width);
    for (int g = 0; g < groups; g++) {
        const double x = indent + (g % page->legend_columns) * page->legend_width;
        const double y = (page->legend_rows - g / page->legend_columns - 0.25) * LEGEND_LINE;
        fprintf(out,
                "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead lw 4 dt %d "
                "lc rgb '#%s'\nset label ",
                x / page->width, y / page->height, (x + SAMPLE) / page->width, y / page->height,
                dash_of(g), colour_of(g));
        plot_quote(out, figure->entry[g]);
        fprintf(out, " at screen %.5f,%.5f left font ',12'\n",
                (x + SAMPLE + SAMPLE_GAP) / page->width, y / page->height);
    }
}

// Small grids are interpolated, up to so many cells that a picture of vectors stays small.
static void write_map(FILE *out, const plot_panel *panel) {
    const double cells = 10000.0;
    const int finer = (int)fmin(4.0, fmax(1.0, sqrt(cells / (double)panel->points)));
    fprintf(out,
            "set pm3d map interpolate %d,%d\nset colorbox\nset border 15\nunset grid\n"
            "set style fill solid 1 noborder\nset ylabel offset -1.5,0\n",
            finer, finer);
}

// The names of curves, behind their ends.
static void write_names(FILE *out, const plot_panel *panel) {
    const char *words;
    const double unit = plot_x_unit(panel, &words);
    for (int64_t c = 0; c < panel->curves; c++) {
        const plot_curve *curve = &panel->curve[c];
        if (curve->name[0] != '\0') {
            fputs("set label ", out);
            plot_quote(out, curve->name);
            fprintf(out,
                    " at first %.9g,%.9g left offset 0.3,0 front font ',8' textcolor rgb "
                    "'#%s'\n",
                    curve->end_x / unit, curve->end_y, colour_of(curve->group));
        }
    }
}

static void write_panel(FILE *out, const plot_figure *figure, const layout *page,
                        int64_t index) {
    const plot_panel *panel = &figure->panel[index];
    if (panel->curves == 0 || isnan(panel->least)) {
        return;
    }
    fprintf(out, "\n# %s\n", panel->title);
    write_margins(out, page, index, plot_is_map(panel));
    fputs("set border 3 lw 1 lc rgb '#606060'\nset grid back lt 1 lw 0.8 lc rgb '#E2E2E2'\n",
          out);
    plot_write_axes(out, panel);
    if (index == 0) {
        write_legend(out, figure, page); // once; it belongs to no panel
    }
    write_names(out, panel);
    if (plot_is_map(panel)) {
        write_map(out, panel);
    }
    for (int64_t c = 0; c < panel->curves; c++) {
        const plot_curve *curve = &panel->curve[c];
        fputs(c == 0 ? plot_is_map(panel) ? "splot " : "plot " : ", \\\n    ", out);
        fprintf(out, "data index %lld ", (long long)curve->block);
        write_using(out, panel, curve->style);
        write_style(out, figure, curve);
    }
    fputs("\nunset arrow\nunset label\n", out);
}

char *plot_script(const plot_figure *figure) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    const layout page = arrange(figure);
    fputs("# Draws the picture beside this file, from any folder: gnuplot PATH/", out);
    quote_file(out, figure->script);
    fputs("\n", out);
    write_terminal(out, figure, &page);
    write_head(out, figure);
    for (int64_t i = 0; i < figure->panels; i++) {
        write_panel(out, figure, &page, i);
    }
    fputs("unset multiplot\n", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
