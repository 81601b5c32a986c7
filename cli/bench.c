// pes bench: inner steps per second, and the share of this machine's arithmetic peak.

#include "cli/bench.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "pes/bench.h"

static const bench_workload workloads[] = {
    {"mlp_training", "an MLP 784-100-100-10 and its hyperparameters, N = 100, K = 10",
     bench_mlp_training, NULL},
    {"mlp_training_deep", "an MLP with five hidden layers of 100, N = 10, K = 10",
     bench_mlp_training_deep, NULL},
    {"linear", "N = 1000 particles whose steps cost nothing", bench_linear, NULL},
    {"quadratic", "likewise, with a squared loss", bench_quadratic, NULL},
    {"lstm", "a character LSTM with 5 units whose weights are theta, N = 1000, K = 10",
     bench_lstm, NULL},
    {"regression2d",
     "a learning-rate schedule on a function of two variables, N = 100 and 1000, K = 10",
     bench_regression2d, NULL},
    {"influence", "a linear system of 23 units, N = 1000, K = 1", bench_influence, NULL},
    {"lorenz", "the Lorenz system and its twin, N = 400, K = 100", bench_lorenz, NULL},
    {"learned_optimizer",
     "the training of a learned optimizer: an MLP 3072-128-128-10 on CIFAR-10, N = 4, K = 10; "
     "64-32-32-32-10 on Fashion-MNIST at 8 x 8, N = 200, K = 1 and N = 32, K = 50",
     bench_learned_optimizer, NULL},
    {"mujoco", "linear policies in MuJoCo, N = 20, K = 100, beside nothing but its steps",
     bench_mujoco, "swimmer"},
    {"control", "policies for a pendulum and a pole on a cart, N = 1000, K = 25", bench_control,
     NULL},
    {"sgemm", "matrix products of inner networks", bench_sgemm, NULL},
    {"noise", "standard normals", bench_noise, NULL},
    {"checkpoint", "a checkpoint of 32 particles", bench_checkpoint, NULL},
};

const bench_workload *bench_workload_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof workloads / sizeof *workloads);
    return index >= 0 && index < count ? &workloads[index] : NULL;
}

static const char *family_name(int64_t index) {
    const bench_workload *workload = bench_workload_get(index);
    return workload != NULL ? workload->family : NULL;
}

// ---- printing -------------------------------------------------------------------------

static json_t *count_json(int64_t count) {
    return count > 0 ? json_integer(count) : json_null();
}

static int print_json(const bench_row *row) {
    json_t *out = json_object();
    json_object_set_new(out, "name", json_string(row->name));
    json_object_set_new(out, "detail", json_string(row->detail));
    json_object_set_new(out, "kernels", json_string(pes_bench_kernels()));
    json_object_set_new(out, "particles", count_json(row->particles));
    json_object_set_new(out, "truncation", count_json(row->truncation));
    json_object_set_new(out, "threads", json_integer(row->threads));
    const struct {
        const char *name;
        double value;
        bool always; // or only where it applies
    } numbers[] = {
        {"inner_steps_per_second", row->inner_steps_per_second, true},
        {"best_inner_steps_per_second", row->best, false},
        {"gflops", row->gflops, true},
        {"peak_gflops", row->peak_gflops, true},
        {"share_of_peak", row->gflops / row->peak_gflops, true},
        {"engine_inner_steps_per_second", row->engine, false},
        {"share_of_engine", row->inner_steps_per_second / row->engine, false},
        {"speedup", row->speedup, false},
        {"normals_per_second", row->normals_per_second, false},
        {"checkpoint_seconds", row->seconds, false},
        {"checkpoint_bytes", row->bytes, false},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].always || !isnan(numbers[i].value)) {
            json_object_set_new(out, numbers[i].name, cli_json_real(numbers[i].value));
        }
    }
    return cli_json_print(out, false);
}

static const char *cell(double x, char *(*format)(double, char *), char *out) {
    return isnan(x) ? "-" : format(x, out);
}

// What else a row has to say.
static void print_notes(const bench_row *row) {
    char first[CLI_NUMBER_SIZE], second[CLI_NUMBER_SIZE];
    if (!isnan(row->engine)) {
        printf("%.1f %% of the engine's own %s, ",
               100.0 * row->inner_steps_per_second / row->engine,
               cli_count(row->engine, first));
    }
    if (!isnan(row->speedup)) {
        printf("%.2f x one thread, ", row->speedup);
    }
    if (!isnan(row->normals_per_second)) {
        printf("%s normals/s, ", cli_count(row->normals_per_second, first));
    }
    if (!isnan(row->seconds)) {
        printf("%.0f ms for %s, ", 1e3 * row->seconds, cli_bytes(row->bytes, second));
    }
    printf("%s\n", row->detail);
}

static int print_line(const bench_row *row) {
    char rate[CLI_NUMBER_SIZE], flops[CLI_NUMBER_SIZE], peak[CLI_NUMBER_SIZE];
    char share[16] = "-", size[32] = "-";
    if (!isnan(row->gflops)) {
        snprintf(share, sizeof share, "%.1f %%", 100.0 * row->gflops / row->peak_gflops);
    }
    if (row->particles > 0) {
        snprintf(size, sizeof size, "%" PRId64 "/%" PRId64, row->particles, row->truncation);
    }
    printf("%-22s %8s %7" PRId64 " %13s %9s %9s %8s  ", row->name, size, row->threads,
           cell(row->inner_steps_per_second, cli_count, rate),
           cell(row->gflops, cli_short, flops), cell(row->peak_gflops, cli_short, peak), share);
    print_notes(row);
    return cli_flush();
}

// ---- the command ----------------------------------------------------------------------

static int measure(const bench_workload *workload, const bench_options *options) {
    bench_row row[BENCH_ROWS];
    const int64_t rows = workload->measure(options, row);
    if (rows < 0) {
        return cli_fail(CLI_FAILED, "%s could not be measured: %s", workload->family,
                        pes_last_error());
    }
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i < rows; i++) {
        code = options->json ? print_json(&row[i]) : print_line(&row[i]);
    }
    return code;
}

// Where everything is measured, what this machine lacks is left out.
static bool is_left_out(const bench_workload *workload, const char *name) {
    const pes_problem_type *type =
        workload->problem != NULL ? pes_problem_type_find(workload->problem) : NULL;
    if (name != NULL || type == NULL || type->available() == PES_OK) {
        return false;
    }
    fprintf(stderr, "%s is left out: %s\n", workload->family, pes_last_error());
    return true;
}

static int run(const cli_call *call) {
    const bench_options *options = call->options;
    const char *name = call->count > 0 ? call->argument[0] : NULL;
    bool known = name == NULL;
    for (int64_t i = 0; family_name(i) != NULL; i++) {
        known = known || strcmp(name, family_name(i)) == 0;
    }
    if (!known) {
        const char *nearest = cli_nearest(name, family_name);
        return cli_fail(CLI_USAGE, "there is no workload '%s'; %s%s%s", name,
                        nearest != NULL ? "did you mean '" : "'pes bench --help' names them",
                        nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
    }
    if (!options->json) {
        printf("%-22s %8s %7s %13s %9s %9s %8s\n", "workload", "N/K", "threads",
               "inner steps/s", "GFLOP/s", "peak", "share");
    }
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && family_name(i) != NULL; i++) {
        const bench_workload *workload = bench_workload_get(i);
        if ((name == NULL || strcmp(name, family_name(i)) == 0) &&
            !is_left_out(workload, name)) {
            code = measure(workload, options);
        }
    }
    return code;
}

static void set_default(void *options) {
    *(bench_options *)options = (bench_options){.seconds = 4.0};
}

static const cli_flag flags[] = {
    CLI_FLAG("json", bench_options, json, SWITCH, NULL, "print one JSON object a row"),
    CLI_FLAG("threads", bench_options, threads, INT, "COUNT",
             "threads of an update; 0: first one, then one per processor"),
    CLI_FLAG("seconds", bench_options, seconds, REAL, "SECONDS",
             "time to spend on each workload, about", .minimum = 0.01),
    CLI_FLAG("data", bench_options, data, FOLDER, "DIR", "folder of the data sets"),
};

static const cli_example examples[] = {
    {"pes bench", "every workload"},
    {"pes bench mlp_training --threads 2 --json", "one of them, for a program"},
    {NULL, NULL},
};

const cli_command cli_bench = {
    .name = "bench",
    .summary = "Measure inner steps per second, and the share of this machine's peak.",
    .arguments = "[NAME]",
    .least = 0,
    .most = 1,
    .argument_kind = CLI_WORD,
    .word = family_name,
    .details =
        "Workloads: mlp_training (an MLP 784-100-100-10 on MNIST, or on drawn digits without "
        "it), mlp_training_deep (five hidden layers, and only 10 particles), linear and "
        "quadratic (what the library itself costs), lstm (a character LSTM of "
        "790 weights), regression2d, influence and lorenz (small systems), learned_optimizer "
        "(on CIFAR-10 and on small Fashion-MNIST, or on drawn digits), mujoco (beside nothing "
        "but "
        "MuJoCo's steps, in turns), sgemm (products m x k x n "
        "in the forms nn, nt, tn), noise, checkpoint.\n\n"
        "The peak is measured with fused multiply-adds that live in registers, in turns with "
        "the workload and on as many threads; rates are medians over the turns. Floating-point "
        "operations of an update are those of its matrix products.",
    .example = examples,
    CLI_FLAGS(flags, bench_options),
    .set_default = set_default,
    .run = run,
};
