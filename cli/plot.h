// A picture: numbers into X.dat, a gnuplot script into X.gp beside it, and X.png or X.svg.
//
// The data file is a list of blocks, separated by two empty lines, which the script names by
// their number; each begins with comments that say what it is. The script can be edited and run
// again by hand, from any folder: gnuplot PATH/X.gp.
//
// plot_picture() does what all pictures have in common; a plot_filler puts panels in. The
// commands plot, surface, variance and report are fillers.

#ifndef PES_CLI_PLOT_H
#define PES_CLI_PLOT_H

#include <stdio.h>

#include "cli/runs.h"

// How a panel's curve is drawn.
typedef enum plot_style {
    PLOT_BAND,   // columns x least most: a shaded band
    PLOT_MEAN,   // columns x y: a thick line with points
    PLOT_THIN,   // columns x y: a thin line
    PLOT_THICK,  // columns x y: a thick line
    PLOT_FINE,   // columns x y: the thinnest line
    PLOT_START,  // columns x y: a dashed grey line
    PLOT_MAP,    // columns x y z: filled contours
    PLOT_HALO,   // columns x y: a light line below the next one
    PLOT_PATH,   // columns x y: the way of theta
    PLOT_ENDS,   // columns x y: the ends of such ways
    PLOT_ORIGIN, // columns x y: where they began
    PLOT_BARS,   // columns x y least most: a line with points and error bars
    PLOT_BOUND,  // columns x y: hollow triangles, values that are at most so large
    PLOT_GUIDE,  // columns x y: a thin grey line
} plot_style;

typedef enum plot_scale {
    PLOT_LINEAR,
    PLOT_LOG,     // if everything is positive
    PLOT_FITTING, // logarithmic if everything is positive and spans more than a decade and a
                  // half
} plot_scale;

enum { PLOT_TEXT = 160, PLOT_PANELS = 8, PLOT_NAME = 16 };

typedef struct plot_curve {
    plot_style style;
    int64_t block;        // of the data file
    int64_t group;        // decides the colour
    int dash;             // gnuplot's number of a line's dashes; 0: the group's
    char name[PLOT_NAME]; // is written behind its end; "": nothing is
    double end_x, end_y;  // its last row that is finite
} plot_curve;

typedef struct plot_panel {
    char title[PLOT_TEXT];
    char x_label[PLOT_TEXT];
    char y_label[PLOT_TEXT];
    plot_scale scale;   // of y, or of a map's colours
    plot_scale x_scale; // PLOT_LINEAR or PLOT_LOG
    double least;       // of y, or of a map's z
    double most;
    bool is_fixed; // the y axis ends at `least` and `most`, whatever they are
    double x_least;
    double x_most;
    int64_t points; // of a map
    int64_t curves;
    plot_curve *curve; // curves
} plot_panel;

// Everything that a picture needs. A filler sets title, entries and panels.
typedef struct plot_figure {
    char picture[CLI_PATH]; // X.png
    char data[CLI_PATH];    // X.dat
    char script[CLI_PATH];  // X.gp
    bool is_svg;
    char title[PLOT_TEXT];
    int64_t entries;    // of the legend, one for each group of curves; may be 0
    const char **entry; // entries; the array is the figure's, the texts are the filler's
    bool crowd;         // several curves share a colour
    const runs *all;    // what plot_objective() and the like draw; NULL without runs
    FILE *out;          // the data file, in memory
    int64_t blocks;     // written to it
    bool begun;         // a curve that has no row yet: the next two
    plot_curve next;
    char comment[CLI_PATH + 2 * PLOT_TEXT];
    bool failed; // no memory was left somewhere
    int64_t panels;
    plot_panel panel[PLOT_PANELS];
} plot_figure;

// ---- pictures -------------------------------------------------------------------------

// Puts panels into a figure; CLI_OK, or another code after one sentence.
typedef int (*plot_filler)(plot_figure *figure, void *argument);

// May `output` be drawn: does the name end in .png or .svg, and is there a gnuplot? CLI_OK, or
// another code after one sentence. For commands that compute before they draw.
int plot_check(const char *output);

// Draws the picture `output`. CLI_OK, or another code after one sentence; panels without a
// number are left out, and CLI_USAGE if none is left, with `nothing` as the sentence.
int plot_picture(const char *output, plot_filler fill, void *argument, const char *nothing);

// What `pes plot` draws of runs; `surface`: a table of the objective, or NULL; `best`: the best
// objective so far instead.
int plot_runs(const char *output, const runs *all, const char *surface, bool best);

// ---- drawing into a figure ------------------------------------------------------------

// Sets title and legend from runs; figure->all is `all` from now on. False without memory.
bool plot_take_runs(plot_figure *figure, const runs *all);

// Makes room for `count` entries of the legend. False without memory.
bool plot_make_entries(plot_figure *figure, int64_t count);

// A new panel; the texts are copied.
plot_panel *plot_add_panel(plot_figure *figure, const char *title, const char *x_label,
                           const char *y_label);

// Begins a curve of the panel, which will be a block of the data file: both come into being
// with the first row, so that a curve without rows is none.
void plot_begin(plot_figure *figure, plot_panel *panel, plot_style style, int64_t group,
                const char *comment);

// Other dashes than the group's for the curve just begun: gnuplot's number of them.
void plot_dash(plot_figure *figure, int dash);

// A name for the curve just begun, to be written behind its end.
void plot_name(plot_figure *figure, const char *name);

// One row of the block: x, and `count` values (of a map: y and z). What is not finite becomes
// NaN, a gap.
void plot_row(plot_figure *figure, plot_panel *panel, double x, int64_t count,
              const double *value);

// The same, for what decides no axis: a point of a path.
void plot_point(plot_figure *figure, plot_panel *panel, double x, double y);

// ---- the panels -----------------------------------------------------------------------

void plot_objective(plot_figure *figure);  // two panels: against inner steps and updates
void plot_best(plot_figure *figure);       // the best so far: against inner steps and seconds
void plot_loss(plot_figure *figure);       // the training loss estimate, smoothed
void plot_parameters(plot_figure *figure); // theta against updates, where there is no curve

// Curves of the problem, at the start and at the end. False: there are more of them than a
// picture has room for; they are hyperparameters by the tensor, which plot_families() draws
// against updates.
bool plot_schedules(plot_figure *figure);
void plot_families(plot_figure *figure);

// For these: the best so far of a group as one curve (PLOT_BAND only where there are seeds),
// and what the objective is, for an axis.
void plot_best_curves(plot_figure *figure, plot_panel *panel, int64_t group, runs_axis axis,
                      plot_style style);
const char *plot_objective_words(const plot_figure *figure);

// The objective over two parameters, raw and smoothed, from a table, and the ways of the runs.
// CLI_OK, or another code after one sentence.
int plot_surface(plot_figure *figure, const char *path);

// ---- the script -----------------------------------------------------------------------

// The text of the gnuplot script, to be freed; NULL without memory.
char *plot_script(const plot_figure *figure);

// For its parts. Large numbers of the x axis are told in a unit, 1, 1000 or a million, whose
// words belong behind the label.
bool plot_is_map(const plot_panel *panel);
double plot_x_unit(const plot_panel *panel, const char **words);
void plot_write_axes(FILE *out, const plot_panel *panel);

// 'text' for gnuplot, whose enhanced mode reads some letters as commands.
void plot_quote(FILE *out, const char *text);

#endif // PES_CLI_PLOT_H
