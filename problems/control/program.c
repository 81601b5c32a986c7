#include "problems/control/program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/control/policy_file.h"

// ---- pieces ---------------------------------------------------------------------------------

// With a point or an exponent, so that a suffix makes a float of it in C too.
static void print_number(FILE *out, int digits, double x, const char *suffix) {
    char text[40];
    (void)snprintf(text, sizeof text, "%.*g", digits, x);
    fprintf(out, "%s%s%s", text, strpbrk(text, ".e") == NULL ? ".0" : "", suffix);
}

void pes_control_print_floats(FILE *out, int64_t count, const float *x, const char *suffix) {
    for (int64_t i = 0; i < count; i++) {
        fputs(i == 0 ? "" : (i % 6 == 0 ? ",\n    " : ", "), out);
        print_number(out, 9, (double)x[i], suffix);
    }
}

void pes_control_print_doubles(FILE *out, int64_t count, const double *x,
                               const char *infinite) {
    for (int64_t i = 0; i < count; i++) {
        fputs(i == 0 ? "" : (i % 4 == 0 ? ",\n    " : ", "), out);
        if (isinf(x[i])) {
            fprintf(out, "%s%s", x[i] < 0.0 && strcmp(infinite, "null") != 0 ? "-" : "",
                    infinite);
        } else {
            print_number(out, 17, x[i], "");
        }
    }
}

static const char *name_of(const pes_control *control,
                           const char *(*name)(void *user, int64_t index,
                                               char room[PES_NAME_SIZE]),
                           const char *otherwise, int64_t index, char room[PES_NAME_SIZE]) {
    if (name != NULL) {
        return name(control->environment.user, index, room);
    }
    (void)snprintf(room, PES_NAME_SIZE, "%s %lld", otherwise, (long long)index);
    return room;
}

const char *pes_control_observed_name(const pes_control *control, int64_t index,
                                      char room[PES_NAME_SIZE]) {
    return name_of(control, control->environment.observed_name, "observation", index, room);
}

const char *pes_control_action_name(const pes_control *control, int64_t index,
                                    char room[PES_NAME_SIZE]) {
    return name_of(control, control->environment.action_name, "action", index, room);
}

// ---- JSON -----------------------------------------------------------------------------------

static void print_names(FILE *out, const pes_control *control, int64_t count,
                        const char *(*name)(const pes_control *control, int64_t index,
                                            char room[PES_NAME_SIZE])) {
    char room[PES_NAME_SIZE];
    for (int64_t i = 0; i < count; i++) {
        fprintf(out, "%s\"%s\"", i > 0 ? ", " : "", name(control, i, room));
    }
}

static void print_text(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            fputc('\\', out);
        }
        if (c >= ' ') {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

static void print_rows(FILE *out, const pes_policy_tensor *tensor, const float *x) {
    fprintf(out, ",\n     \"%s\": [", tensor->part);
    for (int64_t r = 0; r < tensor->rows && tensor->columns > 0; r++) {
        fputs(r > 0 ? ",\n    [" : "[", out);
        pes_control_print_floats(out, tensor->columns, x + r * tensor->columns, "");
        fputc(']', out);
    }
    if (tensor->columns == 0) {
        pes_control_print_floats(out, tensor->rows, x, "");
    }
    fputc(']', out);
}

static void print_layers(FILE *out, const pes_policy *policy, const float *theta) {
    for (int64_t i = 0; i < policy->num_layers; i++) {
        const pes_policy_layer *layer = &policy->layer[i];
        pes_policy_tensor tensor;
        fprintf(out, "%s\n    {\"name\": \"%s\", \"activation\": \"%s\"", i > 0 ? "," : "",
                layer->name, layer->squash ? "tanh" : "identity");
        for (int64_t k = 0; pes_policy_tensor_get(layer, k, &tensor); k++) {
            print_rows(out, &tensor, theta + tensor.begin);
        }
        fputc('}', out);
    }
}

void pes_control_print_json(FILE *out, const pes_control *control, const char *name,
                            const float *theta, const char *where) {
    const pes_environment *e = &control->environment;
    const pes_normalize *normalize = &control->normalize;
    fprintf(out, "{\n  \"problem\": \"%s\",\n  \"where\": ", name);
    print_text(out, where);
    fputs(",\n  \"observation\": [", out);
    print_names(out, control, e->num_observed, pes_control_observed_name);
    fputs("],\n  \"action\": [", out);
    print_names(out, control, e->num_actions, pes_control_action_name);
    fprintf(out, "],\n  \"action_bounds\": \"%s\",\n  \"low\": [",
            control->policy.options.action_bounds);
    pes_control_print_doubles(out, e->num_actions, e->low, "null");
    fputs("],\n  \"high\": [", out);
    pes_control_print_doubles(out, e->num_actions, e->high, "null");
    fputs("],\n  \"normalize\": ", out);
    if (normalize->numbers > 0) {
        fputs("{\"mean\": [", out);
        pes_control_print_doubles(out, normalize->numbers,
                                  pes_normalize_mean(normalize, control->common), "null");
        fputs("],\n    \"scale\": [", out);
        pes_control_print_doubles(out, normalize->numbers,
                                  pes_normalize_scale(normalize, control->common), "null");
        fprintf(out, "],\n    \"clip\": %.17g}", normalize->clip);
    } else {
        fputs("null", out);
    }
    fputs(",\n  \"layers\": [", out);
    print_layers(out, &control->policy, theta);
    fputs("\n  ]\n}\n", out);
}

static char *write_safetensors(const pes_problem *problem, const float *theta, int64_t steps,
                               const char *where, size_t *size) {
    void *out = NULL;
    int64_t bytes = 0;
    (void)steps;
    const pes_status status =
        pes_policy_file_pack(problem->user, problem->system.name, theta, where, &out, &bytes);
    *size = (size_t)bytes;
    return status == PES_OK ? out : NULL;
}

// ---- the list -------------------------------------------------------------------------------

static char *print(const pes_problem *problem, const float *theta, const char *where,
                   size_t *size,
                   void (*form)(FILE *out, const pes_control *control, const char *name,
                                const float *theta, const char *where)) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (out == NULL) {
        return NULL;
    }
    form(out, problem->user, problem->system.name, theta, where);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static char *write_json(const pes_problem *problem, const float *theta, int64_t steps,
                        const char *where, size_t *size) {
    (void)steps;
    return print(problem, theta, where, size, pes_control_print_json);
}

static char *write_c(const pes_problem *problem, const float *theta, int64_t steps,
                     const char *where, size_t *size) {
    (void)steps;
    return print(problem, theta, where, size, pes_control_print_c);
}

static char *write_python(const pes_problem *problem, const float *theta, int64_t steps,
                          const char *where, size_t *size) {
    (void)steps;
    return print(problem, theta, where, size, pes_control_print_python);
}

static const pes_problem_program programs[] = {
    {.format = "c",
     .file = "policy.c",
     .summary = "the policy as a function in C99, in one file",
     .write = write_c},
    {.format = "python",
     .file = "policy.py",
     .summary = "the policy as a class in Python, without any package",
     .write = write_python},
    {.format = "policy",
     .file = "policy.json",
     .summary = "the policy's layers, bounds and statistics as JSON",
     .write = write_json},
    {.format = "safetensors",
     .file = "policy.safetensors",
     .summary = "the same as tensors, and problem.start_file of another run",
     .write = write_safetensors},
};

const pes_problem_program *pes_control_program(int64_t index) {
    const int64_t count = (int64_t)(sizeof programs / sizeof *programs);
    return index >= 0 && index < count ? &programs[index] : NULL;
}
