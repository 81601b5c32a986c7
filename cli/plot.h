// A picture of runs: numbers into X.dat, a gnuplot script into X.gp beside it, and X.png or
// X.svg.
//
// The data file is a list of blocks, separated by two empty lines, which the script names by
// their number; each begins with comments that say what it is. The script can be edited and run
// again by hand: gnuplot X.gp.

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
    PLOT_START,  // columns x y: a dashed grey line
    PLOT_MAP,    // columns x y z: filled contours
    PLOT_HALO,   // columns x y: a light line below the next one
    PLOT_PATH,   // columns x y: the way of theta
    PLOT_ENDS,   // columns x y: the ends of such ways
    PLOT_ORIGIN, // columns x y: where they began
} plot_style;

typedef enum plot_scale {
    PLOT_LINEAR,
    PLOT_LOG,     // if everything is positive
    PLOT_FITTING, // logarithmic if everything is positive and spans more than a decade and a
                  // half
} plot_scale;

typedef struct plot_curve {
    plot_style style;
    int64_t block; // of the data file
    int64_t group; // decides the colour
    int dash;      // gnuplot's number of a line's dashes; 0: the group's
} plot_curve;

enum { PLOT_TEXT = 160, PLOT_PANELS = 8 };

typedef struct plot_panel {
    char title[PLOT_TEXT];
    char x_label[PLOT_TEXT];
    char y_label[PLOT_TEXT];
    plot_scale scale; // of y, or of a map's colours
    double least;     // of y, or of a map's z
    double most;
    double x_most;
    int64_t curves;
    plot_curve *curve; // curves
} plot_panel;

// Everything that a picture needs.
typedef struct plot_figure {
    const runs *all;
    char picture[CLI_PATH]; // X.png
    char data[CLI_PATH];    // X.dat
    char script[CLI_PATH];  // X.gp
    bool is_svg;
    FILE *out;      // the data file, in memory
    int64_t blocks; // written to it
    bool failed;    // no memory was left somewhere
    int64_t panels;
    plot_panel panel[PLOT_PANELS];
} plot_figure;

// ---- drawing into a figure ------------------------------------------------------------

// A new panel; the texts are copied.
plot_panel *plot_add_panel(plot_figure *figure, const char *title, const char *x_label,
                           const char *y_label);

// Begins a block of the data file and a curve of the panel that shows it.
void plot_begin(plot_figure *figure, plot_panel *panel, plot_style style, int64_t group,
                const char *comment);

// One row of the block: x, and `count` values (of a map: y and z). What is not finite becomes
// NaN, a gap.
void plot_row(plot_figure *figure, plot_panel *panel, double x, int64_t count,
              const double *value);

// ---- the panels -----------------------------------------------------------------------

void plot_objective(plot_figure *figure);  // two panels: against inner steps and updates
void plot_loss(plot_figure *figure);       // the training loss estimate, smoothed
void plot_schedules(plot_figure *figure);  // curves of the problem, at the start and at the end
void plot_parameters(plot_figure *figure); // theta against updates, where there is no curve

// The objective over two parameters, from a table, and the ways of the runs. CLI_OK, or another
// code after one sentence.
int plot_surface(plot_figure *figure, const char *path);

// ---- the script -----------------------------------------------------------------------

// The text of the gnuplot script, to be freed; NULL without memory.
char *plot_script(const plot_figure *figure);

#endif // PES_CLI_PLOT_H
