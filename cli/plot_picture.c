// From a filler's numbers to the files of a picture: names, data, script, and gnuplot.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/plot.h"

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
        // the script is UTF-8, which gnuplot complains of where the locale is not
        unsetenv("LC_ALL");
        setenv("LC_CTYPE", "C.UTF-8", 1);
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
static int name_files(plot_figure *figure, const char *output) {
    snprintf(figure->picture, sizeof figure->picture, "%s", output);
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

int plot_check(const char *output) {
    plot_figure *figure = calloc(1, sizeof *figure);
    if (figure == NULL) {
        return no_memory();
    }
    int code = name_files(figure, output);
    free(figure);
    if (code == CLI_OK && !find_program("gnuplot")) {
        code = cli_fail(CLI_FAILED,
                        "the program gnuplot draws the pictures and is not in "
                        "PATH; install it (Debian: apt install gnuplot-nox)");
    }
    return code;
}

// ---- drawing --------------------------------------------------------------------------

bool plot_make_entries(plot_figure *figure, int64_t count) {
    figure->entry = calloc((size_t)count + 1, sizeof *figure->entry);
    figure->entries = figure->entry != NULL ? count : 0;
    return figure->entry != NULL;
}

// Panels that nothing was drawn into are left out.
static int drop_empty(plot_figure *figure, const char *nothing) {
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
    return kept > 0 ? CLI_OK : cli_fail(CLI_USAGE, "%s", nothing);
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

static int draw(plot_figure *figure, plot_filler fill, void *argument, const char *nothing) {
    char *data = NULL;
    size_t size = 0;
    figure->out = open_memstream(&data, &size);
    if (figure->out == NULL) {
        return no_memory();
    }
    int code = fill(figure, argument);
    fputc('\n', figure->out);
    if (fclose(figure->out) != 0 || figure->failed) {
        code = code == CLI_OK ? no_memory() : code;
    }
    code = code == CLI_OK ? drop_empty(figure, nothing) : code;
    code = code == CLI_OK ? write_files(figure, data) : code;
    code = code == CLI_OK ? run_gnuplot(figure) : code;
    free(data);
    return code;
}

int plot_picture(const char *output, plot_filler fill, void *argument, const char *nothing) {
    int code = plot_check(output);
    if (code != CLI_OK) {
        return code;
    }
    plot_figure *figure = calloc(1, sizeof *figure);
    if (figure == NULL) {
        return no_memory();
    }
    code = name_files(figure, output);
    code = code == CLI_OK ? draw(figure, fill, argument, nothing) : code;
    for (int64_t i = 0; i < figure->panels; i++) {
        free(figure->panel[i].curve);
    }
    free(figure->entry);
    free(figure);
    return code;
}
