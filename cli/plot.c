// pes plot: one picture of runs, drawn by the program gnuplot.

#include "cli/plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands.h"

typedef struct plot_options {
    const char *output;
    const char *surface;
} plot_options;

static int no_memory(void) {
    return cli_fail(CLI_FAILED, "there is no memory left");
}

// ---- gnuplot --------------------------------------------------------------------------

// Is the program in one of the folders of PATH?
static bool find_program(const char *name) {
    const char *folders = getenv("PATH");
    while (folders != NULL && *folders != '\0') {
        const size_t length = strcspn(folders, ":");
        char path[CLI_PATH];
        const int written = snprintf(path, sizeof path, "%.*s/%s", (int)length, folders, name);
        if (length > 0 && written < CLI_PATH && cli_is_file(path) && access(path, X_OK) == 0) {
            return true;
        }
        folders += length + (folders[length] == ':');
    }
    return false;
}

// Never returns: becomes gnuplot, in the folder of the script.
static void become_gnuplot(const char *script) {
    char folder[CLI_PATH];
    snprintf(folder, sizeof folder, "%s", script);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder] = '\0'; // the root keeps its slash
    }
    if (slash == NULL || chdir(folder) == 0) {
        char name[CLI_PATH]; // begins with "./", so that no name looks like an option
        snprintf(name, sizeof name, "./%.*s", CLI_PATH - 3,
                 slash != NULL ? strrchr(script, '/') + 1 : script);
        execlp("gnuplot", "gnuplot", "-d", name, (char *)NULL);
    }
    _exit(127);
}

static int run_gnuplot(const plot_figure *figure) {
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        become_gnuplot(figure->script);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
        !cli_is_file(figure->picture)) {
        return cli_fail(CLI_FAILED,
                        "gnuplot could not draw %s; its words are above, and its "
                        "script is %s",
                        figure->picture, figure->script);
    }
    return CLI_OK;
}

// ---- names ----------------------------------------------------------------------------

// X.png and X.svg; anything else is refused.
static int name_files(plot_figure *figure, const char *output, const char *folder) {
    if (output == NULL) {
        if (!cli_join(figure->picture, folder, "plot.png")) {
            return cli_fail(CLI_USAGE, "the path is too long: %s/plot.png", folder);
        }
    } else {
        snprintf(figure->picture, sizeof figure->picture, "%s", output);
    }
    const size_t length = strlen(figure->picture);
    const char *ending = length > 4 ? figure->picture + length - 4 : "";
    figure->is_svg = strcmp(ending, ".svg") == 0;
    if (!figure->is_svg && strcmp(ending, ".png") != 0) {
        return cli_fail(CLI_USAGE, "a picture's name ends in .png or .svg, not as in '%s'",
                        figure->picture);
    }
    if (length >= CLI_PATH - 1) {
        return cli_fail(CLI_USAGE, "the path of the picture is too long");
    }
    snprintf(figure->data, sizeof figure->data, "%.*s.dat", (int)length - 4, figure->picture);
    snprintf(figure->script, sizeof figure->script, "%.*s.gp", (int)length - 4,
             figure->picture);
    return CLI_OK;
}

// ---- drawing --------------------------------------------------------------------------

static int add_panels(plot_figure *figure, const plot_options *options) {
    plot_objective(figure);
    plot_loss(figure);
    plot_schedules(figure);
    const int code = options->surface != NULL ? plot_surface(figure, options->surface) : CLI_OK;
    if (figure->panels % 2 == 1) {
        plot_parameters(figure); // there is room
    }
    return code;
}

// Panels that nothing was drawn into are left out.
static int drop_empty(plot_figure *figure) {
    int64_t kept = 0;
    for (int64_t i = 0; i < figure->panels; i++) {
        plot_panel *panel = &figure->panel[i];
        if (panel->least <= panel->most) {
            figure->panel[kept++] = *panel;
        } else {
            free(panel->curve);
        }
    }
    figure->panels = kept;
    if (kept > 0) {
        return CLI_OK;
    }
    return cli_fail(CLI_USAGE, "%s has nothing to draw yet: no update was logged",
                    figure->all->run[0].folder);
}

static int write_files(const plot_figure *figure, const char *data) {
    char *script = plot_script(figure);
    if (script == NULL || data == NULL) {
        free(script);
        return no_memory();
    }
    int code = cli_write_file(figure->data, data);
    if (code == CLI_OK) {
        code = cli_write_file(figure->script, script);
    }
    free(script);
    return code;
}

static int draw(plot_figure *figure, const plot_options *options) {
    char *data = NULL;
    size_t size = 0;
    figure->out = open_memstream(&data, &size);
    if (figure->out == NULL) {
        return no_memory();
    }
    int code = add_panels(figure, options);
    fputc('\n', figure->out);
    if (fclose(figure->out) != 0 || figure->failed) {
        code = code == CLI_OK ? no_memory() : code;
    }
    code = code == CLI_OK ? drop_empty(figure) : code;
    code = code == CLI_OK ? write_files(figure, data) : code;
    code = code == CLI_OK ? run_gnuplot(figure) : code;
    free(data);
    for (int64_t i = 0; i < figure->panels; i++) {
        free(figure->panel[i].curve);
    }
    return code;
}

// ---- the command ----------------------------------------------------------------------

static int run(const cli_call *call) {
    const plot_options *options = call->options;
    runs all;
    plot_figure *figure = calloc(1, sizeof *figure);
    if (figure == NULL) {
        return no_memory();
    }
    int code = name_files(figure, options->output, call->argument[0]);
    if (code == CLI_OK && !find_program("gnuplot")) {
        code = cli_fail(CLI_FAILED,
                        "the program gnuplot draws the pictures and is not in "
                        "PATH; install it (Debian: apt install gnuplot-nox)");
    }
    code = code == CLI_OK ? runs_read(&all, call->count, call->argument) : code;
    if (code == CLI_OK) {
        figure->all = &all;
        code = draw(figure, options);
        runs_free(&all);
    }
    if (code == CLI_OK) {
        puts(figure->picture);
        code = cli_flush();
    }
    free(figure);
    return code;
}

static const cli_flag flags[] = {
    CLI_FLAG("output", plot_options, output, FILE, "FILE",
             "picture to write, X.png or X.svg; without it, plot.png in the first DIR",
             .letter = 'o'),
    CLI_FLAG("surface", plot_options, surface, FILE, "FILE",
             "table of the objective over two parameters, to draw the runs' paths on"),
};

static const cli_example examples[] = {
    {"pes plot runs/mlp -o mlp.png", "a sweep, one colour a group of seeds"},
    {"pes plot runs/pes runs/truncated_es -o both.svg", "two runs in one picture"},
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
        "The numbers and the gnuplot script stay beside the picture, X.dat and X.gp, so that "
        "the picture can be changed and drawn again: gnuplot X.gp.\n\n"
        "A surface is a text of lines x y z, an empty line after each row of the grid, as "
        "'pes surface' writes it; more columns are passed over.",
    .example = examples,
    CLI_FLAGS(flags, plot_options),
    .run = run,
};
