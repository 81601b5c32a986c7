#include "support/search.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

void test_search_make(test_search *out, const char *method) {
    memset(out, 0, sizeof *out);
    out->recipe = test_recipe_default(TEST_HISTORY, TEST_SEARCH_PARAMS);
    out->recipe.noise = 0.05;
    out->system = test_system(&out->recipe);
    out->options = pes_search_options_default();
    out->options.method = method;
    out->estimator = pes_estimator_options_default();
    out->estimator.horizon = 81;
    out->run = pes_trainer_options_default();
    out->run.seed = 7;
    out->run.threads = 2;
    for (int p = 0; p < TEST_SEARCH_PARAMS; p++) {
        out->low[p] = -0.5;
        out->high[p] = 0.5;
    }
    scratch_open(&out->folder);
}

void test_search_close(test_search *setup) {
    scratch_close(&setup->folder);
}

pes_search_parts test_search_parts(const test_search *setup) {
    return (pes_search_parts){
        .system = &setup->system,
        .options = &setup->options,
        .low = setup->low,
        .high = setup->high,
        .estimator = &setup->estimator,
        .run = &setup->run,
        .directory = setup->in_folder ? setup->folder.path : NULL,
        .fingerprint = "search",
    };
}

pes_search *test_search_create(const test_search *setup) {
    const pes_search_parts parts = test_search_parts(setup);
    pes_search *search = NULL;
    CHECK_OK(pes_search_create(&search, &parts));
    return search;
}

double test_search_episode(const test_search *setup, const float *theta, int64_t point,
                           int64_t episode, int64_t steps, int64_t *taken) {
    const pes_stream stream = {
        .seed = setup->run.seed, .particle = (uint32_t)point, .episode = (uint32_t)episode};
    void *state = calloc(1, (size_t)setup->system.state_bytes);
    double sum = 0.0, loss = 0.0;
    int64_t clock = 0, ended = 0;
    pes_batch batch = {
        .count = 1, .theta = theta, .state = state, .stream = &stream, .clock = &clock};
    CHECK_OK(setup->system.init(setup->system.user, NULL, &batch));
    batch.steps = 1;
    batch.loss = &loss;
    batch.ended = &ended;
    while (clock < steps && ended == 0 && isfinite(sum)) {
        CHECK_OK(setup->system.unroll(setup->system.user, NULL, &batch));
        sum += loss;
        clock++;
    }
    free(state);
    if (taken != NULL) {
        *taken = clock;
    }
    return strcmp(setup->estimator.objective, "final") == 0 && isfinite(sum) ? loss : sum;
}

static char *read_lines(const test_search *setup, const char *file) {
    size_t bytes = 0;
    return (char *)scratch_read(scratch_path(&setup->folder, file), &bytes);
}

double test_search_row(const test_search *setup, const char *file, int64_t index,
                       const char *key) {
    char *text = read_lines(setup, file), *line = text;
    for (int64_t i = 0; i < index; i++) {
        line = strchr(line, '\n');
        assert_non_null(line);
        line++;
    }
    json_t *row = json_loadb(line, strcspn(line, "\n"), 0, NULL);
    json_t *value = json_object_get(row, key);
    assert_non_null(value);
    const double number = json_is_number(value) ? json_number_value(value) : (double)NAN;
    json_decref(row);
    free(text);
    return number;
}

int64_t test_search_rows(const test_search *setup, const char *file) {
    char *text = read_lines(setup, file);
    int64_t rows = 0;
    for (const char *c = text; *c != '\0'; c++) {
        rows += *c == '\n';
    }
    free(text);
    return rows;
}
