// The table of a surface, read back: what `pes surface` writes, or any other text of that form.
//
// Lines of x y z (more columns are passed over, but for the smoothed objective, which a comment
// "# columns:" with the word "smoothed" promises in column 5); '#' begins a comment, and an
// empty line ends a row of the grid. Comments "# x NAME=" and "# y NAME=" name the axes;
// "# y none" or "# y horizon=" make it a slice, one curve a row.

#ifndef PES_CLI_PLOT_TABLE_H
#define PES_CLI_PLOT_TABLE_H

#include "cli/cli.h"

enum { PLOT_TABLE_NAME = 64 };

typedef struct plot_table_point {
    double x;
    double y;
    double raw;
    double smooth; // NaN where the table has none
    bool begins;   // a row of the grid
} plot_table_point;

typedef struct plot_table {
    char x[PLOT_TABLE_NAME]; // names of the axes; "" where the table does not say
    char y[PLOT_TABLE_NAME]; // "horizon", "" or a parameter
    char problem[PLOT_TABLE_NAME];
    char objective[PLOT_TABLE_NAME];
    bool is_slice;
    bool has_smooth;
    char smoothing[2 * PLOT_TABLE_NAME]; // "50 pairs, sigma 0.1, of all parameters"
    int64_t rows;
    int64_t count;
    plot_table_point *point; // count
} plot_table;

// CLI_OK; or another code after one sentence, and nothing to free.
int plot_table_read(plot_table *out, const char *path);

void plot_table_free(plot_table *table);

#endif // PES_CLI_PLOT_TABLE_H
