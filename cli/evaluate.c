// pes evaluate: the true objective of a run's parameters, with error bars.

#include "cli/evaluate.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/contest.h"
#include "cli/plot.h"

typedef struct evaluate_options {
    int64_t episodes;
    cli_texts theta;
    cli_texts set;
    const char *data;
    int64_t threads;
    bool json;
    bool rivals;
    const char *output;
} evaluate_options;

static const cli_flag flags[] = {
    CLI_FLAG("episodes", evaluate_options, episodes, INT, "COUNT",
             "whole episodes that every point goes through", .minimum = 1),
    CLI_FLAG("theta", evaluate_options, theta, LIST, "NAME=DIR|X,Y,...",
             "one more point: where another run stands, or numbers as in theta; may be "
             "repeated"),
    CLI_FLAG("set", evaluate_options, set, LIST, "T.K=V",
             "change a setting, as in problem.dataset=fashion_mnist; may be repeated"),
    CLI_FLAG("data", evaluate_options, data, FOLDER, "DIR", "folder of data sets"),
    CLI_FLAG("threads", evaluate_options, threads, INT, "COUNT",
             "worker threads; 0: one per processor"),
    CLI_FLAG(
        "rivals", evaluate_options, rivals, SWITCH, NULL,
        "compare the run's end with what the problem names as its rivals, each at its best, "
        "on the run's task and on others"),
    CLI_FLAG("output", evaluate_options, output, FILE, "FILE",
             "with --rivals: picture to write, .png or .svg", .letter = 'o'),
    CLI_FLAG("json", evaluate_options, json, SWITCH, NULL, "print one JSON object a point"),
};

static void set_default(void *options) {
    *(evaluate_options *)options = (evaluate_options){.episodes = 16};
}

// ---- for people -----------------------------------------------------------------------

// "0.9712 +- 0.0011"; the error has two digits.
static char *show(double value, double error, char *out, size_t capacity) {
    char number[CLI_NUMBER_SIZE];
    const int used = snprintf(out, capacity, "%s", cli_short(value, number));
    if (!isnan(error) && used > 0 && (size_t)used < capacity) {
        snprintf(out + used, capacity - (size_t)used, error < 99.5 ? " +- %.2g" : " +- %.0f",
                 error);
    }
    return out;
}

static void print_row(const evaluate_study *study, const evaluate_measure *measure, int64_t i) {
    const run_point *point = &study->points.point[i];
    const evaluate_value *value = &measure->value[i];
    const bool is_start = i + 1 == study->points.count;
    char update[CLI_NUMBER_SIZE] = "", own[64], more[64] = "";
    if (!isnan(point->update)) {
        snprintf(update, sizeof update, "%.0f", point->update);
    }
    if (!is_start) {
        show(value->difference, value->difference_error, more, sizeof more);
    }
    printf("%-16s %8s  %-22s%s", point->label, update,
           show(value->mean, value->error, own, sizeof own), more);
    if (value->episodes < study->episodes) {
        printf("  (%" PRId64 " of %" PRId64 " episodes not finite)",
               study->episodes - value->episodes, study->episodes);
    }
    putchar('\n');
}

int evaluate_print(const evaluate_study *study) {
    printf("%s: mean and standard error of %" PRId64 " episodes\n", study->points.folder,
           study->episodes);
    for (int64_t k = 0; k < study->measures; k++) {
        const evaluate_measure *measure = &study->measure[k];
        printf("\n%-16s %8s  %-22s%s\n", "", "update", measure->name, "minus the start");
        for (int64_t i = 0; i < study->points.count; i++) {
            print_row(study, measure, i);
        }
    }
    return cli_flush();
}

// ---- JSON -----------------------------------------------------------------------------

static json_t *value_json(const evaluate_value *value) {
    json_t *out = json_object();
    json_object_set_new(out, "mean", cli_json_real(value->mean));
    json_object_set_new(out, "standard_error", cli_json_real(value->error));
    json_object_set_new(out, "standard_deviation", cli_json_real(value->deviation));
    json_object_set_new(out, "episodes", json_integer(value->episodes));
    json_object_set_new(out, "minus_start", cli_json_real(value->difference));
    json_object_set_new(out, "minus_start_error", cli_json_real(value->difference_error));
    return out;
}

int evaluate_print_json(const evaluate_study *study) {
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i < study->points.count; i++) {
        const run_point *point = &study->points.point[i];
        json_t *row = json_object(), *theta = json_array();
        for (int64_t p = 0; p < study->points.params; p++) {
            json_array_append_new(theta, cli_json_real((double)point->theta[p]));
        }
        json_object_set_new(row, "run", json_string(study->points.folder));
        json_object_set_new(row, "point", json_string(point->label));
        json_object_set_new(row, "update", cli_json_real(point->update));
        json_object_set_new(row, "theta", theta);
        json_object_set_new(row, "episodes", json_integer(study->episodes));
        for (int64_t k = 0; k < study->measures; k++) {
            json_object_set_new(row, study->measure[k].name,
                                value_json(&study->measure[k].value[i]));
        }
        code = cli_json_print(row, false);
    }
    return code;
}

// ---- the command ----------------------------------------------------------------------

static int compare(evaluate_study *study, const experiment *setup,
                   const evaluate_options *options) {
    contest *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    all->folder = study->points.folder;
    all->set = study->set;
    all->data = study->data;
    all->episodes = study->episodes;
    all->threads = study->threads;
    int code = contest_run(all, setup, &study->points, options->theta.count);
    if (code == CLI_OK) {
        code = options->json ? contest_print_json(all) : contest_print(all);
    }
    if (code == CLI_OK && options->output != NULL) {
        code = contest_plot(all, options->output);
    }
    contest_free(all);
    free(all);
    return code;
}

static int measure(evaluate_study *study, const experiment *setup,
                   const evaluate_options *options) {
    const int code = evaluate_run(study, setup);
    return code != CLI_OK  ? code
           : options->json ? evaluate_print_json(study)
                           : evaluate_print(study);
}

static int look_at(evaluate_study *study, const char *folder, experiment *setup,
                   const evaluate_options *options) {
    pes_problem *problem = NULL;
    int code = experiment_open(setup, options->data, &problem);
    if (code != CLI_OK) {
        return code;
    }
    code = points_find(&study->points, folder, setup, problem, &options->theta);
    pes_problem_close(problem);
    if (code == CLI_OK && strcmp(study->points.point[1].label, "best") == 0 &&
        points_same(&study->points, 0, 1)) {
        points_drop(&study->points, 1); // the end is the best
    }
    if (code == CLI_OK) {
        code = (options->rivals ? compare : measure)(study, setup, options);
    }
    points_free(&study->points);
    return code;
}

static int evaluate_folder(const char *folder, const evaluate_options *options) {
    experiment setup;
    const int code = experiment_load(&setup, folder, &options->set);
    if (code != CLI_OK) {
        return code;
    }
    evaluate_study *study = calloc(1, sizeof *study);
    if (study == NULL) {
        experiment_free(&setup);
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    study->set = &options->set;
    study->data = options->data;
    study->episodes = options->episodes;
    study->threads = options->threads;
    const int end = look_at(study, folder, &setup, options);
    free(study);
    experiment_free(&setup);
    return end;
}

static int run(const cli_call *call) {
    const evaluate_options *options = call->options;
    if (options->output != NULL && !options->rivals) {
        return cli_fail(CLI_USAGE,
                        "--output is the picture of --rivals; give both, or neither");
    }
    experiment_list list;
    int code = options->output != NULL ? plot_check(options->output) : CLI_OK;
    code = code != CLI_OK ? code : experiment_find_runs(&list, call->count, call->argument);
    if (code != CLI_OK) {
        return code;
    }
    if (options->output != NULL && list.count > 1) {
        code = cli_fail(CLI_USAGE, "--output is the picture of one run, not of %" PRId64,
                        list.count);
    }
    for (int64_t i = 0; code == CLI_OK && i < list.count; i++) {
        if (i > 0 && !options->json) {
            putchar('\n');
        }
        code = evaluate_folder(list.folder[i], options);
    }
    experiment_list_free(&list);
    return code;
}

static const cli_example examples[] = {
    {"pes evaluate runs/demo/pes-20-seed1 --episodes 100", "how good is it, and is it better?"},
    {"pes evaluate runs/mlp --set problem.dataset=fashion_mnist", "and on other images?"},
    {"pes evaluate runs/pes --theta rival=runs/random --theta hand=-4,1.5",
     "beside another run's end, and beside numbers of one's own"},
    {"pes evaluate runs/lopt/NRES-seed1 --rivals --episodes 4 -o rivals.png",
     "a learned optimizer beside hand-made ones, on tasks that it has never seen, too"},
    {NULL, NULL},
};

const cli_command cli_evaluate = {
    .name = "evaluate",
    .summary = "Measure the true objective of a run's parameters, with error bars.",
    .arguments = "DIR...",
    .least = 1,
    .most = -1,
    .argument_kind = CLI_FOLDER,
    .details =
        "Each DIR is a run or a sweep; a run may be unfinished. Looked at are its end (its "
        "newest checkpoint), the best of its evaluations where they have theta, the average of "
        "theta where it has one, the points of --theta, and its start. All go through the same "
        "episodes, whose randomness the run's own evaluations did not see: the best is not "
        "favoured for having been chosen, and may well be worse here than the end. Every value "
        "has its standard error, and the "
        "difference to the start has its own, which is smaller where episodes differ more than "
        "points.\n\n"
        "Measured are the run's objective, and what else the problem has to measure. Episodes "
        "that do not stay finite are left out and counted.\n\n"
        "--rivals compares a learned optimizer, and those of --theta, with sgd, momentum, adam "
        "and adamw, on the run's task, other images, a network twice as wide, one twice as "
        "deep, and episodes five times as long. On each of them a rival takes the best of 15 "
        "learning rates, chosen by the validation loss of three other episodes. Images that "
        "are "
        "not on this machine are left out after a sentence.\n\n"
        "Where particles learn something in common, as the mean of their observations, the "
        "end has what they had learned by then and the start what they begin with; the best is "
        "left out, and so is another run's end, since theirs is not known.\n\n"
        "--set measures under other settings than the run had. The number of parameters must "
        "stay the same.",
    .example = examples,
    CLI_FLAGS(flags, evaluate_options),
    .set_default = set_default,
    .run = run,
};
