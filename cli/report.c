// pes report: the page's frame and its pictures.

#include "cli/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/html.h"
#include "cli/plot.h"

typedef struct report_options {
    const char *output;
    const char *title;
    const char *surface;
    cli_texts picture;
} report_options;

static const cli_flag flags[] = {
    CLI_FLAG("output", report_options, output, FILE, "FILE", "page to write, X.html",
             .letter = 'o'),
    CLI_FLAG("title", report_options, title, WORD, "TEXT",
             "the page's title; without it, the problem's name"),
    CLI_FLAG("surface", report_options, surface, FILE, "FILE",
             "table of the objective over two parameters, to draw the runs' paths on"),
    CLI_FLAG("picture", report_options, picture, LIST, "FILE",
             "further picture to take in, PNG or SVG, as pes variance and surface draw"),
};

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:75rem;margin:2rem auto;"
    "padding:0 1rem}\n"
    "h1{font-size:1.7rem;margin-bottom:.2rem}h2{font-size:1.25rem;margin-top:2.2rem;"
    "border-bottom:1px solid #ddd}\n"
    "p.note,figcaption{color:#555;font-size:.9rem}\n"
    "div.wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.88rem}\n"
    "th,td{padding:.25rem .7rem;border-bottom:1px solid #e4e4e4;text-align:left;"
    "vertical-align:top;white-space:nowrap}\n"
    "td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}\n"
    "td.text{white-space:normal;min-width:16rem}\n"
    "thead th{background:#f3f5f7}tr.differs td{background:#fff4d6}\n"
    "tr.changed td{font-weight:600}tr.changed td.text{font-weight:400}\n"
    "img{max-width:100%;height:auto}figure{margin:1rem 0}\n"
    "summary{cursor:pointer}\n";

// ---- pictures -------------------------------------------------------------------------

static bool any_rows(const runs *all) {
    for (int64_t i = 0; i < all->count; i++) {
        const runs_run *run = &all->run[i];
        const bool is_search = experiment_is_search(&run->setup); // whose log no picture shows
        if ((run->log.count > 0 && !is_search) || run->evaluations.count > 0) {
            return true;
        }
    }
    return false;
}

// Is there a search that has found something? Then there is a best so far to compare.
static bool any_search(const runs *all) {
    for (int64_t i = 0; i < all->count; i++) {
        const runs_run *run = &all->run[i];
        if (experiment_is_search(&run->setup) && run->evaluations.count > 0) {
            return true;
        }
    }
    return false;
}

static void figure(FILE *out, const char *caption) {
    fputs("<figcaption>", out);
    html_text(out, caption);
    fputs("</figcaption>\n</figure>\n", out);
}

// The runs' picture, or their best so far, drawn in a folder that is gone afterwards.
static int runs_picture(FILE *out, const runs *all, const char *surface, bool best) {
    static const char *const left[] = {"plot.svg", "plot.dat", "plot.gp"};
    const char *place = getenv("TMPDIR");
    char folder[CLI_PATH], path[CLI_PATH];
    snprintf(folder, sizeof folder, "%.3000s/pes-report-XXXXXX",
             place != NULL && place[0] != '\0' ? place : "/tmp");
    if (mkdtemp(folder) == NULL) {
        return cli_fail(CLI_FAILED, "no folder for the picture could be made in %s",
                        place != NULL ? place : "/tmp");
    }
    cli_join(path, folder, left[0]);
    int code = plot_runs(path, all, surface, best);
    if (code == CLI_OK) {
        fputs("<figure>\n", out);
        code = html_picture(out, path,
                            best ? "best objective so far"
                                 : "objective, training loss, schedules and parameters");
        figure(out, best ? "The lowest objective of all evaluations so far, at equal inner "
                           "steps and at equal seconds."
                         : "Where several seeds share their settings, the line is their mean "
                           "and the band their range.");
    }
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        if (cli_join(path, folder, left[i])) {
            unlink(path);
        }
    }
    rmdir(folder);
    return code;
}

static int pictures(FILE *out, const report_options *o, const runs *all) {
    int code = CLI_OK;
    fputs("<h2>Pictures</h2>\n", out);
    if (any_rows(all)) {
        code = runs_picture(out, all, o->surface, false);
        if (code == CLI_OK && any_search(all)) {
            code = runs_picture(out, all, NULL, true);
        }
    } else {
        fputs("<p>No update was logged yet; there is nothing to draw.</p>\n", out);
    }
    for (int64_t i = 0; code == CLI_OK && i < o->picture.count; i++) {
        const char *slash = strrchr(o->picture.text[i], '/');
        fputs("<figure>\n", out);
        code = html_picture(out, o->picture.text[i], o->picture.text[i]);
        figure(out, slash != NULL ? slash + 1 : o->picture.text[i]);
    }
    return code;
}

// ---- the page -------------------------------------------------------------------------

static void head(FILE *out, const report_options *o, const runs *all) {
    const pes_problem_type *type = all->run[0].setup.type;
    const char *title = o->title != NULL ? o->title : type->name;
    char date[64] = "";
    const time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) != NULL) {
        strftime(date, sizeof date, "%Y-%m-%d %H:%M", &local);
    }
    fputs(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
        out);
    html_text(out, title);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", style);
    html_text(out, title);
    fputs("</h1>\n<p>", out);
    html_text(out, type->name);
    fputs(": ", out);
    html_text(out, type->summary);
    fprintf(out, "</p>\n<p class=\"note\">%lld run%s in %lld group%s of settings, ",
            (long long)all->count, all->count == 1 ? "" : "s", (long long)all->groups,
            all->groups == 1 ? "" : "s");
    fprintf(out, "reported by pes %s on %s.</p>\n", pes_version(), date);
}

static int write_page(FILE *out, const report_options *o, const report *page) {
    head(out, o, page->all);
    report_results(out, page);
    const int code = pictures(out, o, page->all);
    report_settings(out, page);
    report_runs(out, page);
    report_methods(out, page);
    report_machines(out, page);
    fputs("</body>\n</html>\n", out);
    return code;
}

static int make_page(const report_options *o, const report *page) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    int code = write_page(out, o, page);
    const bool failed = ferror(out) != 0;
    if ((fclose(out) != 0 || failed) && code == CLI_OK) {
        code = cli_fail(CLI_FAILED, "there is no memory left");
    }
    code = code == CLI_OK ? cli_write_file(o->output, text) : code;
    free(text);
    return code;
}

static int report_on(const report_options *o, const runs *all) {
    compare_table table;
    int code = compare_make(&table, all, &(compare_wish){.target = NAN});
    if (code != CLI_OK) {
        return code;
    }
    report page = {.all = all, .table = &table};
    page.result = calloc((size_t)all->count, sizeof(json_t *));
    for (int64_t i = 0; page.result != NULL && i < all->count; i++) {
        char path[CLI_PATH];
        if (cli_join(path, all->run[i].folder, "result.json")) {
            page.result[i] = json_load_file(path, 0, NULL);
        }
    }
    code = page.result != NULL ? make_page(o, &page)
                               : cli_fail(CLI_FAILED, "there is no memory left");
    for (int64_t i = 0; page.result != NULL && i < all->count; i++) {
        json_decref(page.result[i]);
    }
    free(page.result);
    compare_free(&table);
    return code;
}

// ---- the command ----------------------------------------------------------------------

static int check_output(const char *output) {
    const size_t length = output != NULL ? strlen(output) : 0;
    if (output == NULL) {
        return cli_fail(CLI_USAGE, "report needs -o FILE, the page to write");
    }
    return length > 5 && strcmp(output + length - 5, ".html") == 0
               ? plot_check("plot.svg")
               : cli_fail(CLI_USAGE, "a page's name ends in .html, not as in '%s'", output);
}

static int run(const cli_call *call) {
    const report_options *o = call->options;
    runs all;
    int code = check_output(o->output);
    code = code == CLI_OK ? runs_read(&all, call->count, call->argument) : code;
    if (code != CLI_OK) {
        return code;
    }
    code = report_on(o, &all);
    runs_free(&all);
    if (code == CLI_OK) {
        puts(o->output);
        code = cli_flush();
    }
    return code;
}

static const cli_example examples[] = {
    {"pes report runs/mlp -o mlp.html", "everything about a sweep"},
    {"pes report runs/pes runs/nres --picture lstm.svg -o both.html",
     "two runs, and a picture drawn elsewhere"},
    {NULL, NULL},
};

const cli_command cli_report = {
    .name = "report",
    .summary = "Write one self-contained HTML page about runs.",
    .arguments = "DIR...",
    .least = 1,
    .most = -1,
    .argument_kind = CLI_FOLDER,
    .details =
        "Each DIR is a run or a sweep, all of one problem. The page has the table of pes "
        "compare, the picture of pes plot (with searches also that of pes plot --best), the "
        "settings "
        "with what differs between groups and "
        "from the defaults, every run's end, the methods with their sources, and the versions, "
        "kernels, machines and times. Pictures are part of the file, which refers to nothing "
        "outside. Incomplete runs are shown with what they have.",
    .example = examples,
    CLI_FLAGS(flags, report_options),
    .run = run,
};
