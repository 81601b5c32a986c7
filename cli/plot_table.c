#include "cli/plot_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What follows `head` in the comment that begins so, up to one of `stops`; "" without it.
static void comment(const char *text, const char *head, const char *stops, char *out,
                    size_t capacity) {
    const size_t length = strlen(head);
    out[0] = '\0';
    for (const char *line = text; line != NULL;
         line = strchr(line, '\n'), line = line != NULL ? line + 1 : NULL) {
        if (strncmp(line, head, length) == 0) {
            snprintf(out, capacity, "%.*s", (int)strcspn(line + length, stops), line + length);
            return;
        }
    }
}

static void read_head(plot_table *out, const char *text) {
    char columns[256];
    comment(text, "# x ", "=\n", out->x, sizeof out->x);
    comment(text, "# y ", "=\n", out->y, sizeof out->y);
    comment(text, "# problem ", ",\n", out->problem, sizeof out->problem);
    comment(text, "# smoothed by ", "\n", out->smoothing, sizeof out->smoothing);
    comment(text, "# columns:", "\n", columns, sizeof columns);
    out->has_smooth = strstr(columns, "smoothed") != NULL;
    out->is_slice = strcmp(out->y, "none") == 0 || strcmp(out->y, "horizon") == 0;
    if (strcmp(out->y, "none") == 0) {
        out->y[0] = '\0';
    }
    char problem[256];
    comment(text, "# problem ", "\n", problem, sizeof problem);
    const char *objective = strstr(problem, "objective ");
    snprintf(out->objective, sizeof out->objective, "%s",
             objective != NULL ? objective + strlen("objective ") : "");
}

static bool grow(plot_table *out) {
    const size_t count = (size_t)out->count;
    if ((count & (count - 1)) != 0) { // room for the next power of two
        return true;
    }
    plot_table_point *longer =
        realloc(out->point, (count > 0 ? 2 * count : 1) * sizeof *longer);
    if (longer == NULL) {
        return false;
    }
    out->point = longer;
    return true;
}

// The points; 0, -1 without memory, or the number of the line that is wrong.
static int64_t read_points(plot_table *out, const char *text) {
    bool gap = true;
    for (int64_t line = 1; *text != '\0'; line++) {
        const size_t length = strcspn(text, "\n");
        const char *begin = text + strspn(text, " \t\r");
        plot_table_point point = {.smooth = NAN, .begins = gap};
        if (begin >= text + length) {
            gap = true;
        } else if (*begin != '#') {
            double error;
            const int found = sscanf(begin, "%lf %lf %lf %lf %lf", &point.x, &point.y,
                                     &point.raw, &error, &point.smooth);
            if (found < 3) {
                return line;
            }
            if (!grow(out)) {
                return -1;
            }
            point.smooth = out->has_smooth && found == 5 ? point.smooth : (double)NAN;
            out->point[out->count++] = point;
            out->rows += gap;
            gap = false;
        }
        text += length + (text[length] == '\n');
    }
    return 0;
}

int plot_table_read(plot_table *out, const char *path) {
    *out = (plot_table){.count = 0};
    char *text = cli_read_file(path, NULL);
    if (text == NULL) {
        return cli_fail(CLI_USAGE, "%s could not be read: %s", path, strerror(errno));
    }
    read_head(out, text);
    const int64_t wrong = read_points(out, text);
    free(text);
    const int64_t least = out->is_slice ? 2 : 4;
    if (wrong == 0 && out->count >= least) {
        return CLI_OK;
    }
    plot_table_free(out);
    if (wrong < 0) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    return wrong > 0
               ? cli_fail(CLI_USAGE, "%s:%lld: a line of the table is x y z, three numbers",
                          path, (long long)wrong)
               : cli_fail(CLI_USAGE, "%s holds no grid; 'pes surface' writes one", path);
}

void plot_table_free(plot_table *table) {
    free(table->point);
    *table = (plot_table){.count = 0};
}
