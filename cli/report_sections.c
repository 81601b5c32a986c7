// The sections of a report that are tables.

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/gain.h"
#include "cli/html.h"
#include "cli/report.h"

static void begin_table(FILE *out) {
    fputs("<div class=\"wide\">\n<table>\n<thead>\n<tr>", out);
}

static void begin_body(FILE *out) {
    fputs("</tr>\n</thead>\n<tbody>\n", out);
}

static void end_table(FILE *out) {
    fputs("</tbody>\n</table>\n</div>\n", out);
}

// ---- results --------------------------------------------------------------------------

// Columns without a head are empty.
static void result_line(FILE *out, const char *tag, compare_cell *cell, compare_cell *head) {
    for (int c = 0; c < COMPARE_COLUMNS; c++) {
        if (head[c][0] == '\0') {
            continue;
        }
        const bool is_number = c >= 2 && c < COMPARE_COLUMNS - 1;
        html_cell(out, tag, is_number ? "class=\"number\"" : NULL, cell[c]);
    }
}

void report_results(FILE *out, const report *page) {
    compare_cell *cell = compare_texts(page->table);
    if (cell == NULL) {
        return;
    }
    fputs("<h2>Results</h2>\n", out);
    begin_table(out);
    result_line(out, "th", cell, cell);
    begin_body(out);
    for (int64_t line = 1; line < page->all->groups + 2; line++) {
        fputs("<tr>", out);
        result_line(out, "td", cell + line * COMPARE_COLUMNS, cell);
        fputs("</tr>\n", out);
    }
    end_table(out);
    free(cell);
    char number[CLI_NUMBER_SIZE];
    fputs(
        "<p class=\"note\">Final: mean over seeds of the objective at the last evaluation, "
        "and its range. Best: the lowest of any evaluation.",
        out);
    const experiment *setup = &page->all->run[0].setup;
    if (!isnan(page->table->target)) {
        fprintf(out,
                " To target: inner steps of all particles, and wall time, until the objective "
                "was first %s or %s, halfway from the start to the best group.",
                cli_short(gain_sign(setup) * page->table->target, number),
                gain_name(setup) != NULL ? "higher" : "lower");
    }
    fputs("</p>\n", out);
}

// ---- methods --------------------------------------------------------------------------

static bool is_used(const runs *all, const char *method) {
    for (int64_t g = 0; g < all->groups; g++) {
        if (strcmp(all->group[g].method, method) == 0) {
            return true;
        }
    }
    return false;
}

static void explain(FILE *out, const char *title, const char *summary, const char *source) {
    html_cell(out, "dt", NULL, title);
    fputs("\n<dd>", out);
    html_text(out, summary);
    fputs(" <em>", out);
    html_text(out, source);
    fputs("</em></dd>\n", out);
}

void report_methods(FILE *out, const report *page) {
    fputs("<h2>Methods</h2>\n<dl>\n", out);
    for (int64_t i = 0; pes_method_get(i) != NULL; i++) {
        const pes_method_info *method = pes_method_get(i);
        if (is_used(page->all, method->name)) {
            explain(out, method->title, method->summary, method->source);
        }
    }
    for (int64_t i = 0; pes_search_get(i) != NULL; i++) {
        const pes_search_info *search = pes_search_get(i);
        if (is_used(page->all, search->name)) {
            explain(out, search->title, search->summary, search->source);
        }
    }
    fputs("</dl>\n", out);
}

// ---- settings -------------------------------------------------------------------------

static const json_t *setting(const runs_group *group, const char *table, const char *key) {
    return json_object_get(json_object_get(group->run[0]->settings, table), key);
}

// A value as a text: texts without their quotes.
static void value_cell(FILE *out, const json_t *value) {
    char *text = json_is_string(value)
                     ? NULL
                     : cli_json_text(json_incref((json_t *)(uintptr_t)value), false);
    html_cell(out, "td", NULL,
              json_is_string(value) ? json_string_value(value)
              : text != NULL        ? text
                                    : "?");
    free(text);
}

// The first group whose method looks at the setting, from number `from` on; NULL: none.
static const runs_group *find_user(const runs *all, int64_t from, const char *table,
                                   const char *key) {
    while (from < all->groups && !runs_looks_at(&all->group[from], table, key)) {
        from++;
    }
    return from < all->groups ? &all->group[from] : NULL;
}

static bool differs(const runs *all, const char *table, const char *key) {
    const runs_group *first = find_user(all, 0, table, key), *other = first;
    while (other != NULL &&
           json_equal(setting(first, table, key), setting(other, table, key))) {
        other = find_user(all, other - all->group + 1, table, key);
    }
    return other != NULL;
}

// Is the setting another than the table's default?
static bool is_changed(const experiment_table *table, const pes_field *field,
                       const json_t *value) {
    void *options = calloc(1, table->fields->struct_size);
    if (options == NULL) {
        return false;
    }
    table->fields->set_default(options);
    json_t *usual = experiment_value_json(field, options);
    const bool changed = !json_equal(usual, value);
    json_decref(usual);
    free(options);
    return changed;
}

// Calls `each` for every setting that some method of the page looks at.
typedef void (*setting_visitor)(FILE *out, const report *page, const experiment_table *table,
                                const pes_field *field);

static void visit(FILE *out, const report *page, setting_visitor each) {
    experiment_table table;
    const runs_group *first = &page->all->group[0];
    for (int64_t t = 0; experiment_get_table(&first->run[0]->setup, t, &table); t++) {
        for (int64_t i = 0; i < table.fields->count; i++) {
            const pes_field *field = &table.fields->field[i];
            if (setting(first, table.name, field->name) != NULL &&
                find_user(page->all, 0, table.name, field->name) != NULL) {
                each(out, page, &table, field);
            }
        }
    }
}

static void name_cell(FILE *out, const experiment_table *table, const pes_field *field) {
    char name[256];
    snprintf(name, sizeof name, "%s.%s", table->name, field->name);
    html_cell(out, "td", NULL, name);
}

static void difference_line(FILE *out, const report *page, const experiment_table *table,
                            const pes_field *field) {
    if (!differs(page->all, table->name, field->name)) {
        return;
    }
    fputs("<tr class=\"differs\">", out);
    name_cell(out, table, field);
    for (int64_t g = 0; g < page->all->groups; g++) {
        const runs_group *group = &page->all->group[g];
        if (runs_looks_at(group, table->name, field->name)) {
            value_cell(out, setting(group, table->name, field->name));
        } else {
            html_cell(out, "td", NULL, "-");
        }
    }
    fputs("</tr>\n", out);
}

static void setting_line(FILE *out, const report *page, const experiment_table *table,
                         const pes_field *field) {
    const runs_group *user = find_user(page->all, 0, table->name, field->name);
    const json_t *value = setting(user, table->name, field->name);
    if (differs(page->all, table->name, field->name)) {
        fputs("<tr class=\"differs\">", out);
        name_cell(out, table, field);
        html_cell(out, "td", NULL, "differs, see above");
    } else {
        fputs(is_changed(table, field, value) ? "<tr class=\"changed\">" : "<tr>", out);
        name_cell(out, table, field);
        value_cell(out, value);
    }
    html_cell(out, "td", "class=\"text\"", field->summary);
    fputs("</tr>\n", out);
}

void report_settings(FILE *out, const report *page) {
    const runs *all = page->all;
    fputs("<h2>Settings</h2>\n", out);
    if (all->groups > 1) {
        fputs("<p>What differs between the groups:</p>\n", out);
        begin_table(out);
        html_cell(out, "th", NULL, "setting");
        for (int64_t g = 0; g < all->groups; g++) {
            html_cell(out, "th", NULL, all->group[g].label);
        }
        begin_body(out);
        visit(out, page, difference_line);
        end_table(out);
    }
    fprintf(out, "<details%s>\n<summary>All settings (bold: not the default)</summary>\n",
            all->groups > 1 ? "" : " open");
    begin_table(out);
    html_cell(out, "th", NULL, "setting");
    html_cell(out, "th", NULL, "value");
    html_cell(out, "th", NULL, "meaning");
    begin_body(out);
    visit(out, page, setting_line);
    end_table(out);
    fputs("</details>\n", out);
}

// ---- runs -----------------------------------------------------------------------------

enum { MOST_THETA = 12 };

static const json_t *of_result(const report *page, int64_t index, const char *key) {
    return json_object_get(page->result[index], key);
}

static void number_cell(FILE *out, const char *text) {
    html_cell(out, "td", "class=\"number\"", text);
}

// The numbers of theta where they are few: of the result, or of the newest row.
static void theta_cells(FILE *out, const report *page, int64_t index, int64_t params) {
    const runs_run *run = &page->all->run[index];
    const json_t *theta = of_result(page, index, "theta");
    const runs_rows *rows = run->evaluations.count > 0 ? &run->evaluations : &run->log;
    for (int64_t p = 0; p < params; p++) {
        char number[CLI_NUMBER_SIZE];
        const json_t *element = json_array_get(theta, (size_t)p);
        double value = NAN;
        if (json_is_number(element)) {
            value = json_number_value(element);
        } else if (rows->params > p && rows->count > 0) {
            value = (double)rows->theta[(rows->count - 1) * rows->params + p];
        }
        number_cell(out, isnan(value) ? "-" : cli_short(value, number));
    }
}

static void run_line(FILE *out, const report *page, int64_t index, int64_t params) {
    const runs_run *run = &page->all->run[index];
    const runs_rows *rows = run->log.count > 0 ? &run->log : &run->evaluations;
    const runs_row *last = rows->count > 0 ? &rows->row[rows->count - 1] : NULL;
    char number[CLI_NUMBER_SIZE];
    fputs("<tr>", out);
    html_cell(out, "td", NULL, run->folder);
    html_cell(out, "td", NULL, page->all->group[run->group].label);
    snprintf(number, sizeof number, "%" PRIu64, run->setup.run.seed);
    number_cell(out, number);
    html_cell(out, "td", NULL, run->finished ? "finished" : "incomplete");
    number_cell(out, last != NULL ? cli_short(last->update, number) : "-");
    number_cell(out, last != NULL ? cli_count(last->inner_steps, number) : "-");
    number_cell(out, last != NULL ? cli_seconds(last->seconds, number) : "-");
    const double objective = runs_final(run);
    number_cell(out, isnan(objective) ? "-" : cli_short(objective, number));
    theta_cells(out, page, index, params);
    fputs("</tr>\n", out);
}

void report_runs(FILE *out, const report *page) {
    static const char *const head[] = {"run",     "group",       "seed", "state",
                                       "updates", "inner steps", "time", "objective"};
    const experiment *setup = &page->all->run[0].setup;
    int64_t params = setup->type->num_params(setup->problem);
    params = params <= MOST_THETA ? params : 0;
    fputs("<h2>Runs</h2>\n", out);
    begin_table(out);
    for (size_t c = 0; c < sizeof head / sizeof *head; c++) {
        const bool is_number = c == 2 || c >= 4;
        html_cell(out, "th", is_number ? "class=\"number\"" : NULL, head[c]);
    }
    for (int64_t p = 0; p < params; p++) {
        char room[PES_NAME_SIZE];
        const char *name = setup->type->param_name(setup->problem, p, room);
        html_cell(out, "th", "class=\"number\"", name != NULL ? name : "theta");
    }
    begin_body(out);
    for (int64_t i = 0; i < page->all->count; i++) {
        run_line(out, page, i, params);
    }
    end_table(out);
}

// ---- machines -------------------------------------------------------------------------

static void machine_line(FILE *out, const report *page, int64_t index) {
    static const char *const keys[] = {"processor", "processors", "threads", "kernels"};
    const runs_run *run = &page->all->run[index];
    const json_t *machine = of_result(page, index, "machine");
    char path[CLI_PATH], text[64] = "-";
    struct stat status;
    struct tm local;
    fputs("<tr>", out);
    html_cell(out, "td", NULL, run->folder);
    const char *version = json_string_value(of_result(page, index, "version"));
    html_cell(out, "td", NULL, version != NULL ? version : "-");
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        value_cell(out, json_object_get(machine, keys[k]));
    }
    const json_t *peak = of_result(page, index, "peak_memory");
    number_cell(out, json_is_number(peak) ? cli_bytes(json_number_value(peak), text) : "-");
    if (cli_join(path, run->folder, "result.json") && stat(path, &status) == 0 &&
        localtime_r(&status.st_mtime, &local) != NULL) {
        strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
        html_cell(out, "td", NULL, text);
    } else {
        html_cell(out, "td", NULL, "-");
    }
    fputs("</tr>\n", out);
}

void report_machines(FILE *out, const report *page) {
    static const char *const head[] = {"run",     "pes version", "processor",   "processors",
                                       "threads", "kernels",     "peak memory", "finished"};
    fputs(
        "<h2>Environment</h2>\n<details open>\n<summary>Versions, machines, times</summary>\n",
        out);
    begin_table(out);
    for (size_t c = 0; c < sizeof head / sizeof *head; c++) {
        html_cell(out, "th", NULL, head[c]);
    }
    begin_body(out);
    int64_t finished = 0;
    for (int64_t i = 0; i < page->all->count; i++) {
        if (page->result[i] != NULL) {
            machine_line(out, page, i);
            finished++;
        }
    }
    end_table(out);
    if (finished < page->all->count) {
        fprintf(out, "<p class=\"note\">%lld incomplete run%s left out.</p>\n",
                (long long)(page->all->count - finished),
                page->all->count - finished == 1 ? " is" : "s are");
    }
    fputs("</details>\n", out);
}
