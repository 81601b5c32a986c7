// pes plot: one picture of runs.

#include "cli/plot.h"

#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"

typedef struct plot_options {
    const char *output;
    const char *surface;
    bool best;
} plot_options;

// What fill() draws.
typedef struct plot_wish {
    const runs *all;
    const char *surface; // a table, or NULL
    bool best;           // the best so far, and nothing else
} plot_wish;

static int fill(plot_figure *figure, void *argument) {
    const plot_wish *wish = argument;
    if (!plot_take_runs(figure, wish->all)) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    if (wish->best) {
        plot_best(figure);
        return CLI_OK;
    }
    plot_objective(figure);
    plot_loss(figure);
    if (!plot_schedules(figure) && wish->surface == NULL) {
        plot_families(figure);
    }
    const int code = wish->surface != NULL ? plot_surface(figure, wish->surface) : CLI_OK;
    if (figure->panels % 2 == 1) {
        plot_parameters(figure); // there is room
    }
    return code;
}

int plot_runs(const char *output, const runs *all, const char *surface, bool best) {
    char nothing[CLI_PATH + 64];
    snprintf(nothing, sizeof nothing, "%s has nothing to draw yet: no update was logged",
             all->run[0].folder);
    plot_wish wish = {.all = all, .surface = surface, .best = best};
    return plot_picture(output, fill, &wish, nothing);
}

// Without --output the picture lies in the first folder.
static int name_picture(const cli_call *call, char out[CLI_PATH]) {
    const plot_options *options = call->options;
    if (options->output == NULL) {
        return cli_join(out, call->argument[0], "plot.png")
                   ? CLI_OK
                   : cli_fail(CLI_USAGE, "the path is too long: %s/plot.png",
                              call->argument[0]);
    }
    const size_t length = strlen(options->output);
    snprintf(out, CLI_PATH, "%s", options->output);
    if (options->surface != NULL && length > 4 &&
        strncmp(options->surface, out, length - 4) == 0 &&
        strcmp(options->surface + length - 4, ".dat") == 0) {
        return cli_fail(CLI_USAGE,
                        "the picture's numbers are written to %s, which is the surface's "
                        "table; give the picture another name",
                        options->surface);
    }
    return CLI_OK;
}

static int run(const cli_call *call) {
    runs all;
    char picture[CLI_PATH];
    const plot_options *options = call->options;
    if (options->best && options->surface != NULL) {
        return cli_fail(CLI_USAGE, "--best draws no surface; leave one of the two out");
    }
    int code = name_picture(call, picture);
    code = code == CLI_OK ? plot_check(picture) : code;
    code = code == CLI_OK ? runs_read(&all, call->count, call->argument) : code;
    if (code != CLI_OK) {
        return code;
    }
    code = plot_runs(picture, &all, options->surface, options->best);
    runs_free(&all);
    if (code == CLI_OK) {
        puts(picture);
        code = cli_flush();
    }
    return code;
}

static const cli_flag flags[] = {
    CLI_FLAG("output", plot_options, output, FILE, "FILE",
             "picture to write, X.png or X.svg; without it, plot.png in the first DIR",
             .letter = 'o'),
    CLI_FLAG("surface", plot_options, surface, FILE, "FILE",
             "table of the objective over two parameters, to draw the runs' paths on"),
    CLI_FLAG("best", plot_options, best, SWITCH, NULL,
             "draw the best objective so far against inner steps and against seconds"),
};

static const cli_example examples[] = {
    {"pes plot runs/mlp -o mlp.png", "a sweep, one colour a group of seeds"},
    {"pes plot runs/pes runs/truncated_es -o both.svg", "two runs in one picture"},
    {"pes plot runs/pes runs/random --best -o best.png", "estimators and searches compared"},
    {"pes plot runs/mlp --surface grid.dat", "with the objective's surface under the paths"},
    {NULL, NULL},
};

const cli_command cli_plot = {
    .name = "plot",
    .summary = "Draw runs: objective, training loss, learned schedules, paths on a surface.",
    .arguments = "DIR...",
    .least = 1,
    .most = -1,
    .argument_kind = CLI_FOLDER,
    .details =
        "Each DIR is a run or a sweep, all of one problem. Runs whose settings agree apart "
        "from the seed share a colour: the objective (of whole episodes at theta) is drawn as "
        "their mean with a band from the lowest to the highest, everything else run by run.\n\n"
        "With --best the picture compares whatever runs there are, estimators and searches: "
        "the lowest objective of all evaluations so far, mean and range over seeds, against "
        "the inner steps of all particles or points, and against seconds. Evaluations are "
        "never counted as inner steps; an estimator pays N x K of them an update, a search T "
        "for each episode of a point. A search's points are no path: it is drawn by its best "
        "so far in any case, and has no place in panels of updates.\n\n"
        "The numbers and the gnuplot script stay beside the picture, X.dat and X.gp, so that "
        "the picture can be changed and drawn again, from any folder: gnuplot PATH/X.gp.\n\n"
        "A surface is a text of lines x y z, an empty line after each row of the grid, as "
        "'pes surface' writes it; more columns are passed over.",
    .example = examples,
    CLI_FLAGS(flags, plot_options),
    .run = run,
};
