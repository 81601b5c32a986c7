// What a trained optimizer is compared with: hand-made ones, each at the best of a row of
// learning rates, on the task that it was trained on and on tasks that it has never seen.

#include "problems/lopt/contest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "problems/lopt/learned_optimizer.h"

// ---- rivals ---------------------------------------------------------------------------------

enum { RATES = 15 };
static const double quarter_decade = 0.57564627324851148; // log(10) / 4

// Learning rates from 10^first on, in quarters of a decade; momentum and decays are the usual
// ones, with which the rules start.
static const struct {
    const char *optimizer;
    double first;
} rivals[] = {{"sgd", -2.5}, {"momentum", -3.5}, {"adam", -4.5}, {"adamw", -4.5}};

static double point(const void *options, int64_t index, float *theta) {
    const pes_lopt_options *own = options;
    const pes_lopt_shape shape = pes_lopt_options_shape(own);
    for (size_t i = 0; i < sizeof rivals / sizeof *rivals; i++) {
        if (strcmp(rivals[i].optimizer, own->optimizer) == 0) {
            shape.rule->start(&shape, 1, theta);
            theta[0] = (float)(quarter_decade * (4.0 * rivals[i].first + (double)index));
        }
    }
    return exp((double)theta[0]);
}

bool pes_lopt_rival(const void *options, int64_t index, pes_problem_rival *out) {
    (void)options;
    if (index < 0 || index >= (int64_t)(sizeof rivals / sizeof *rivals)) {
        return false;
    }
    *out = (pes_problem_rival){
        .name = rivals[index].optimizer,
        .sought = "learning rate",
        .points = RATES,
        .measure = 0, // validation loss
        .point = point,
    };
    snprintf(out->set[0], sizeof out->set[0], "problem.optimizer=%s", rivals[index].optimizer);
    snprintf(out->set[1], sizeof out->set[1], "problem.optimizer_hidden=[]");
    // the run's own start is one of another architecture
    snprintf(out->set[2], sizeof out->set[2], "problem.start_file=\"\"");
    snprintf(out->set[3], sizeof out->set[3], "problem.start_sha256=\"\"");
    return true;
}

// ---- grounds --------------------------------------------------------------------------------

// "[32, 32]"
enum { WIDTHS_TEXT = 8 * PES_LIST_SIZE };
static void print_widths(const pes_int_list *hidden, char out[WIDTHS_TEXT]) {
    int used = snprintf(out, WIDTHS_TEXT, "[");
    for (int64_t i = 0; i < hidden->count; i++) {
        used += snprintf(out + used, (size_t)(WIDTHS_TEXT - used), "%s%lld", i > 0 ? ", " : "",
                         (long long)hidden->value[i]);
    }
    snprintf(out + used, (size_t)(WIDTHS_TEXT - used), "]");
}

// A single task: in the place of a mixture it is its only table, so that losses keep the units
// in which the mixture's are.
static void set_task(const pes_lopt_options *own, const pes_lopt_task_row *row,
                     pes_problem_ground *out) {
    char hidden[WIDTHS_TEXT];
    print_widths(&row->hidden, hidden);
    if (own->task.count > 0) {
        snprintf(out->set[0], PES_SETTING_SIZE,
                 "problem.task=[{weight=1, dataset=\"%s\", input_size=%lld, hidden=%s, "
                 "activation=\"%s\", batch_size=%lld}]",
                 row->dataset, (long long)row->input_size, hidden, row->activation,
                 (long long)row->batch_size);
        return;
    }
    snprintf(out->set[0], PES_SETTING_SIZE, "problem.hidden=%s", hidden);
    snprintf(out->set[1], PES_SETTING_SIZE, "problem.dataset=%s", row->dataset);
}

static bool trained_on(const pes_lopt_options *options, const char *dataset) {
    bool found = false;
    for (int64_t i = 0; i < pes_lopt_options_tasks(options); i++) {
        found = found || strcmp(pes_lopt_options_task(options, i).dataset, dataset) == 0;
    }
    return found;
}

// Images that no task has: the first of the list, of which the drawn digits come last.
static bool other_images(const pes_lopt_options *options, pes_lopt_task_row *row) {
    const char *drawn = pes_lopt_dataset_name(0);
    for (int64_t i = 1; pes_lopt_dataset_name(i) != NULL; i++) {
        if (!trained_on(options, pes_lopt_dataset_name(i))) {
            row->dataset = pes_lopt_dataset_name(i);
            return true;
        }
    }
    row->dataset = drawn;
    return !trained_on(options, drawn);
}

static bool twice_as_wide(const pes_lopt_options *options, pes_lopt_task_row *row) {
    (void)options;
    for (int64_t i = 0; i < row->hidden.count; i++) {
        const int64_t wider = 2 * row->hidden.value[i];
        row->hidden.value[i] = wider <= 4096 ? wider : 4096;
    }
    return row->hidden.count > 0;
}

// Every hidden layer is followed by another of its size.
static bool twice_as_deep(const pes_lopt_options *options, pes_lopt_task_row *row) {
    (void)options;
    const pes_int_list before = row->hidden;
    row->hidden.count = 0;
    for (int64_t i = 0; i < before.count && row->hidden.count + 2 <= PES_LIST_SIZE; i++) {
        row->hidden.value[row->hidden.count++] = before.value[i];
        row->hidden.value[row->hidden.count++] = before.value[i];
    }
    return row->hidden.count > 0;
}

static bool as_it_is(const pes_lopt_options *options, pes_lopt_task_row *row) {
    (void)options, (void)row;
    return true;
}

static const struct {
    const char *name;
    bool (*change)(const pes_lopt_options *options, pes_lopt_task_row *row);
    int64_t times; // as many inner steps
} grounds[] = {{"as trained", as_it_is, 1},
               {"other images", other_images, 1},
               {"twice as wide", twice_as_wide, 1},
               {"twice as deep", twice_as_deep, 1},
               {"five times as long", as_it_is, 5}};

// A ground that changes the task is a single one, made of the first.
bool pes_lopt_ground(const void *options, int64_t index, pes_problem_ground *out) {
    const pes_lopt_options *own = options;
    const int64_t count = (int64_t)(sizeof grounds / sizeof *grounds);
    int64_t left = index;
    for (int64_t i = 0; i < count; i++) {
        pes_lopt_task_row row = pes_lopt_options_task(own, 0);
        *out = (pes_problem_ground){.times = grounds[i].times};
        if (grounds[i].change(own, &row) && left-- == 0) {
            const bool images = grounds[i].change == other_images;
            if (grounds[i].change != as_it_is) {
                set_task(own, &row, out);
            }
            if (out->times > 1) { // what is judged at the end is judged there
                snprintf(out->set[PES_MATCH_SETTINGS - 1], PES_SETTING_SIZE,
                         "problem.horizon=%lld", (long long)(out->times * own->horizon));
            }
            snprintf(out->name, sizeof out->name, "%s%s%s", grounds[i].name, images ? ": " : "",
                     images ? row.dataset : "");
            return true;
        }
    }
    return false;
}
