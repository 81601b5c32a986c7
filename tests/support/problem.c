#include "support/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int condition, const char *what) {
    if (!condition) {
        (void)fprintf(stderr, "%s: %s\n", what, pes_last_error());
        abort();
    }
}

static pes_value parse(pes_field_type type, const char *text) {
    pes_value value = {.type = type, .text = text};
    char *end = NULL;
    value.integer = strtoll(text, NULL, 10);
    value.count = value.integer;
    value.seed = strtoull(text, NULL, 10);
    value.real = strtod(text, NULL);
    value.boolean = strcmp(text, "true") == 0;
    for (const char *at = text; *at != '\0' && type == PES_FIELD_INT_LIST; at = end) {
        value.integers.value[value.integers.count++] = strtoll(at, &end, 10);
        end += *end == ',';
    }
    for (const char *at = text; *at != '\0' && type == PES_FIELD_REAL_LIST; at = end) {
        value.reals.value[value.reals.count++] = strtod(at, &end);
        end += *end == ',';
    }
    return value;
}

pes_status test_set(const char *problem, void *options, const char *setting) {
    const pes_problem_type *type = pes_problem_type_find(problem);
    char key[PES_TEXT_SIZE];
    const char *equal = strchr(setting, '=');
    must(type != NULL && equal != NULL, setting);
    (void)snprintf(key, sizeof key, "%.*s", (int)(equal - setting), setting);
    pes_field_place place;
    must(pes_field_locate(type->fields, options, key, &place) == PES_OK, setting);
    const pes_value value = parse(place.field.type, equal + 1);
    return pes_field_set(type->fields, options, key, &value);
}

void *test_options(const char *problem, const char *settings) {
    const pes_problem_type *type = pes_problem_type_find(problem);
    must(type != NULL, problem);
    void *options = calloc(1, type->fields->struct_size);
    must(options != NULL, "options");
    type->fields->set_default(options);
    char word[PES_TEXT_SIZE];
    int length = 0;
    for (const char *at = settings; sscanf(at, " %255s%n", word, &length) == 1; at += length) {
        must(test_set(problem, options, word) == PES_OK, word);
    }
    return options;
}

pes_problem *test_problem(const char *problem, const char *settings, const char *folder) {
    const pes_data_folders data = {.count = folder != NULL, .folder = {folder}};
    void *options = test_options(problem, settings);
    pes_problem *out = NULL;
    must(pes_problem_type_find(problem)->create(&out, options, &data) == PES_OK, problem);
    free(options);
    return out;
}

static void *open_worker(const pes_system *system) {
    void *worker = NULL;
    must(system->worker_open == NULL || system->worker_open(system->user, 1, &worker) == PES_OK,
         "worker_open");
    return worker;
}

static void close_worker(const pes_system *system, void *worker) {
    if (system->worker_close != NULL) {
        system->worker_close(system->user, worker);
    }
}

void test_begin(const pes_problem *problem, pes_stream stream, const float *theta,
                void *state) {
    const pes_system *system = pes_problem_system(problem);
    const int64_t clock = 0;
    const pes_batch batch = {
        .count = 1, .theta = theta, .state = state, .stream = &stream, .clock = &clock};
    void *worker = open_worker(system);
    must(system->init(system->user, worker, &batch) == PES_OK, "init");
    close_worker(system, worker);
}

int64_t test_advance(const pes_problem *problem, pes_stream stream, const float *theta,
                     void *state, int64_t clock, int64_t steps, double *loss) {
    const pes_system *system = pes_problem_system(problem);
    int64_t ended = 0;
    const pes_batch batch = {.count = 1,
                             .steps = steps,
                             .theta = theta,
                             .state = state,
                             .stream = &stream,
                             .clock = &clock,
                             .loss = loss,
                             .ended = &ended};
    void *worker = open_worker(system);
    must(system->unroll(system->user, worker, &batch) == PES_OK, "unroll");
    close_worker(system, worker);
    return ended;
}

void *test_states(const pes_problem *problem, int64_t count) {
    const size_t bytes = (size_t)(pes_problem_system(problem)->state_bytes * count);
    void *state = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
    must(state != NULL, "states");
    memset(state, 0xff, bytes);
    return state;
}
