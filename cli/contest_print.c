// A contest for people and for programs, and the picture of it.

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/contest.h"
#include "cli/plot.h"

// ---- the table ------------------------------------------------------------------------

static void print_value(const evaluate_sample *value) {
    char number[CLI_NUMBER_SIZE], text[64];
    snprintf(text, sizeof text, isnan(value->error) ? "%s" : "%s +- %.1g",
             cli_short(value->mean, number), value->error);
    printf("  %-20s", text);
}

static void print_entry(const contest *c, const contest_entry *entry) {
    char number[CLI_NUMBER_SIZE] = "";
    if (!isnan(entry->number)) {
        snprintf(number, sizeof number, "%.3g%s", entry->number, entry->at_edge ? "*" : "");
    }
    printf("%-20s %13s", entry->name, number);
    int64_t lost = 0;
    for (int64_t k = 0; k < c->measures; k++) {
        const int64_t missing = c->episodes - entry->value[k].count;
        lost = missing > lost ? missing : lost;
        print_value(&entry->value[k]);
    }
    if (lost > 0) {
        printf("  (%" PRId64 " of %" PRId64 " episodes not finite)", lost, c->episodes);
    }
    putchar('\n');
}

static bool any_at_edge(const contest *c) {
    bool found = false;
    for (int64_t g = 0; g < c->grounds; g++) {
        for (int64_t i = 0; i < c->ground[g].entries; i++) {
            found = found || c->ground[g].entry[i].at_edge;
        }
    }
    return found;
}

int contest_print(const contest *c) {
    printf("%s: mean and standard error of %" PRId64 " episodes\n", c->folder, c->episodes);
    printf("every %s is the best of %" PRId64 " by %s in %d other episodes\n",
           c->sought != NULL ? c->sought : "number", c->choices, c->measure[1],
           CONTEST_CHOICE_EPISODES);
    for (int64_t g = 0; g < c->grounds; g++) {
        const contest_ground *ground = &c->ground[g];
        printf("\n%-20s %13s", ground->what.name, c->sought != NULL ? c->sought : "");
        for (int64_t k = 0; k < c->measures; k++) {
            printf("  %-20s", c->measure[k]);
        }
        putchar('\n');
        for (int64_t i = 0; i < ground->entries; i++) {
            print_entry(c, &ground->entry[i]);
        }
    }
    if (any_at_edge(c)) {
        printf("\n* the first or the last of its row: a better one may lie beyond\n");
    }
    return cli_flush();
}

// ---- JSON -----------------------------------------------------------------------------

static json_t *value_json(const evaluate_sample *value) {
    json_t *out = json_object();
    json_object_set_new(out, "mean", cli_json_real(value->mean));
    json_object_set_new(out, "standard_error", cli_json_real(value->error));
    json_object_set_new(out, "standard_deviation", cli_json_real(value->deviation));
    json_object_set_new(out, "episodes", json_integer(value->count));
    return out;
}

static json_t *entry_json(const contest *c, const contest_ground *ground,
                          const contest_entry *entry) {
    json_t *row = json_object();
    json_object_set_new(row, "run", json_string(c->folder));
    json_object_set_new(row, "task", json_string(ground->what.name));
    json_object_set_new(row, "inner_steps", json_integer(ground->steps));
    json_object_set_new(row, "optimizer", json_string(entry->name));
    if (!isnan(entry->number)) {
        json_object_set_new(row, c->sought, cli_json_real(entry->number));
        json_object_set_new(row, "at_edge", json_boolean(entry->at_edge));
    }
    json_object_set_new(row, "episodes", json_integer(c->episodes));
    for (int64_t k = 0; k < c->measures; k++) {
        json_object_set_new(row, c->measure[k], value_json(&entry->value[k]));
    }
    return row;
}

int contest_print_json(const contest *c) {
    int code = CLI_OK;
    for (int64_t g = 0; g < c->grounds; g++) {
        for (int64_t i = 0; code == CLI_OK && i < c->ground[g].entries; i++) {
            code = cli_json_print(entry_json(c, &c->ground[g], &c->ground[g].entry[i]), false);
        }
    }
    return code;
}

// ---- the picture ----------------------------------------------------------------------

// Losses of single minibatches are noise: means over a hundredth of the episode.
enum { PIECES = 100 };

static void draw_entry(plot_figure *figure, plot_panel *panel, const contest_ground *ground,
                       int64_t index) {
    const contest_entry *entry = &ground->entry[index];
    const int64_t width = ground->steps >= PIECES ? ground->steps / PIECES : 1;
    plot_begin(figure, panel, PLOT_THICK, index, entry->name);
    for (int64_t from = 0; from < ground->steps; from += width) {
        const int64_t end = from + width < ground->steps ? from + width : ground->steps;
        double sum = 0.0;
        for (int64_t t = from; t < end; t++) {
            sum += entry->curve[t];
        }
        const double mean = sum / (double)(end - from);
        plot_row(figure, panel, 0.5 * (double)(from + end), 1, &mean);
    }
}

static int fill(plot_figure *figure, void *argument) {
    const contest *c = argument;
    snprintf(figure->title, sizeof figure->title, "inner training, mean of %lld episodes",
             (long long)c->episodes);
    const contest_ground *first = &c->ground[0];
    if (!plot_make_entries(figure, first->entries)) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    for (int64_t i = 0; i < first->entries; i++) {
        figure->entry[i] = first->entry[i].name;
    }
    for (int64_t g = 0; g < c->grounds && g < PLOT_PANELS; g++) {
        plot_panel *panel = plot_add_panel(figure, c->ground[g].what.name, "inner steps",
                                           "loss of an inner step");
        panel->scale = PLOT_FITTING;
        for (int64_t i = 0; i < c->ground[g].entries; i++) {
            draw_entry(figure, panel, &c->ground[g], i);
        }
    }
    return CLI_OK;
}

int contest_plot(contest *c, const char *output) {
    return plot_picture(output, fill, c, "there is nothing to draw");
}
