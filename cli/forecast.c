#include "cli/forecast.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment.h"
#include "cli/search_parts.h"

typedef struct forecast {
    int64_t runs;
    int64_t num_params;
    int64_t state_bytes;              // of one particle
    uint64_t memory;                  // the largest run: the trainer's and the problem's
    uint64_t data;                    // the problem's part of it
    double inner_steps;               // all runs, evaluations not counted
    double flops;                     // of them; 0: not counted
    char missing[EXPERIMENT_MISSING]; // what data are not there; "": none
} forecast;

// Inner steps before the first update, where starts are staggered: with u of n units at K
// floor(u J / n) of an episode of J updates.
static double count_warmup(const pes_estimator_options *o) {
    const int64_t signs = o->antithetic ? 2 : 1, units = o->particles / signs;
    const int64_t updates = (o->horizon + o->truncation - 1) / o->truncation;
    double rounds = 0.0;
    for (int64_t u = 0; strcmp(o->starts, "staggered") == 0 && u < units; u++) {
        rounds += (double)(u * updates / units);
    }
    return rounds * (double)(signs * o->truncation);
}

// Inner steps of one run: N particles take K steps each update, up to the run's limit.
static double count_steps(const experiment *setup) {
    const double each =
        (double)setup->estimator.particles * (double)setup->estimator.truncation;
    const double all = each * (double)setup->run.updates + count_warmup(&setup->estimator);
    const double limit = (double)setup->run.inner_steps;
    return limit > 0.0 && limit < all ? limit : all;
}

// What one run holds and does: as much as it allocates, and the inner steps that it takes.
typedef struct run_cost {
    uint64_t memory;
    double steps;
} run_cost;

static pes_status cost_of_search(const experiment *setup, const pes_problem *problem,
                                 run_cost *out) {
    search_parts parts;
    pes_search *search = NULL; // says what is wrong, if anything is
    pes_status status = search_parts_make(&parts, setup, problem);
    status = status == PES_OK ? pes_search_create(&search, &parts.parts) : status;
    if (status == PES_OK) {
        out->memory = pes_search_memory(&parts.parts);
        out->steps = (double)pes_search_get_progress(search).most_inner_steps;
    }
    pes_search_destroy(search);
    search_parts_free(&parts);
    return status;
}

static pes_status cost_of_trainer(const experiment *setup, const pes_problem *problem,
                                  run_cost *out) {
    const pes_trainer_parts parts = {
        .system = pes_problem_system(problem),
        .theta = pes_problem_theta(problem),
        .estimator = &setup->estimator,
        .optimizer = &setup->optimizer,
        .options = &setup->run,
    };
    pes_trainer *trainer = NULL; // as above
    const pes_status status = pes_trainer_create(&trainer, &parts);
    if (status == PES_OK) {
        out->memory = pes_trainer_memory(&parts);
        out->steps = count_steps(setup);
    }
    pes_trainer_destroy(trainer);
    return status;
}

static int add_run(forecast *sum, experiment *setup, const char *data) {
    pes_problem *problem = NULL;
    const int code = experiment_open_sizes(setup, data, &problem, sum->missing);
    if (code != CLI_OK) {
        return code;
    }
    const pes_system *system = pes_problem_system(problem);
    run_cost cost = {0};
    const pes_status status = experiment_is_search(setup)
                                  ? cost_of_search(setup, problem, &cost)
                                  : cost_of_trainer(setup, problem, &cost);
    const uint64_t bytes = pes_problem_bytes(problem);
    if (cost.memory + bytes > sum->memory) {
        sum->memory = cost.memory + bytes;
        sum->data = bytes;
    }
    sum->num_params = system->num_params;
    sum->state_bytes = system->state_bytes;
    sum->inner_steps += cost.steps;
    sum->flops += cost.steps * pes_problem_flops(problem);
    pes_problem_close(problem);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, setup->path);
}

static int add_all(forecast *sum, experiment *setup, const char *data) {
    if (!experiment_is_sweep(setup)) {
        sum->runs = 1;
        return add_run(sum, setup, data);
    }
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i < experiment_runs(setup); i++) {
        experiment point;
        char name[EXPERIMENT_NAME];
        code = experiment_point(setup, i, &point, name);
        if (code == CLI_OK) {
            code = add_run(sum, &point, data);
            experiment_free(&point);
            sum->runs++;
        }
    }
    return code;
}

static json_t *names_json(const experiment *setup, int64_t count) {
    json_t *array = json_array();
    const char *name = NULL;
    char room[PES_NAME_SIZE];
    for (int64_t i = 0;
         i < count && (name = setup->type->param_name(setup->problem, i, room)) != NULL; i++) {
        json_array_append_new(array, json_string(name));
    }
    return array;
}

static int print_json(const forecast *sum, const experiment *setup) {
    json_t *object = json_object();
    json_object_set_new(object, "problem", json_string(setup->type->name));
    json_object_set_new(object, "method", json_string(experiment_method(setup)));
    json_object_set_new(object, "runs", json_integer(sum->runs));
    json_object_set_new(object, "num_params", json_integer(sum->num_params));
    json_object_set_new(object, "parameters", names_json(setup, sum->num_params));
    json_object_set_new(object, "state_bytes", json_integer(sum->state_bytes));
    json_object_set_new(object, "peak_memory", json_integer((json_int_t)sum->memory));
    json_object_set_new(object, "data_bytes", json_integer((json_int_t)sum->data));
    json_object_set_new(object, "missing",
                        sum->missing[0] != '\0' ? json_string(sum->missing) : json_null());
    json_object_set_new(object, "inner_steps", cli_json_real(sum->inner_steps));
    json_object_set_new(object, "flops", cli_json_real(sum->flops));
    json_object_set_new(object, "settings", experiment_json(setup));
    return cli_json_print(object, true);
}

static int print_text(const forecast *sum, const experiment *setup) {
    char a[CLI_NUMBER_SIZE], b[CLI_NUMBER_SIZE];
    printf("%s\n", setup->path);
    printf("  problem      %s\n", setup->type->name);
    if (experiment_is_search(setup) && !experiment_is_sweep(setup)) {
        printf("  method       %s, horizon %" PRId64 "\n", setup->search.method,
               setup->estimator.horizon);
    } else if (!experiment_is_sweep(setup)) {
        printf("  method       %s, %" PRId64 " particles, truncation %" PRId64
               ", horizon %" PRId64 "\n",
               setup->estimator.method, setup->estimator.particles, setup->estimator.truncation,
               setup->estimator.horizon);
    } else {
        printf("  sweep        %" PRId64 " runs:", sum->runs);
        if (setup->variants > 0) {
            printf(" %" PRId64 " variants%s", setup->variants, setup->axes > 0 ? "," : "");
        }
        for (int64_t i = 0; i < setup->axes; i++) {
            printf("%s %" PRId64 " of %s", i > 0 ? "," : "", setup->axis[i].count,
                   setup->axis[i].name);
        }
        putchar('\n');
    }
    printf("  parameters   %" PRId64, sum->num_params);
    for (int64_t i = 0; i < sum->num_params && sum->num_params <= 32; i++) {
        char room[PES_NAME_SIZE];
        const char *name = setup->type->param_name(setup->problem, i, room);
        printf("%s%s", i == 0 ? ": " : ", ", name != NULL ? name : "");
    }
    printf("\n  memory       %" PRIu64 " bytes (%s) at the peak%s, the data's %s among them\n",
           sum->memory, cli_bytes((double)sum->memory, a),
           sum->runs > 1 ? " of the largest run" : "", cli_bytes((double)sum->data, b));
    printf("  inner steps  %.0f (%s), evaluations not counted\n", sum->inner_steps,
           cli_count(sum->inner_steps, a));
    if (sum->flops > 0.0) {
        printf("  arithmetic   %s floating-point operations\n", cli_count(sum->flops, a));
    }
    if (sum->missing[0] != '\0') {
        printf("  missing      %s\n", sum->missing);
    }
    return cli_flush();
}

int forecast_print(const char *path, const char *data, bool json) {
    experiment setup;
    forecast sum = {.runs = 0};
    int code = experiment_load(&setup, path, NULL);
    if (code != CLI_OK) {
        return code;
    }
    code = add_all(&sum, &setup, data);
    if (code == CLI_OK) {
        code = json ? print_json(&sum, &setup) : print_text(&sum, &setup);
    }
    experiment_free(&setup);
    return code;
}
