// A search over a small system, for tests, and one point of it followed by hand.

#ifndef PES_TESTS_SUPPORT_SEARCH_H
#define PES_TESTS_SUPPORT_SEARCH_H

#include "pes/search.h"
#include "support/scratch.h"
#include "support/systems.h"

enum { TEST_SEARCH_PARAMS = 3 };

typedef struct test_search {
    test_recipe recipe;
    pes_system system;
    pes_search_options options;
    pes_estimator_options estimator;
    pes_trainer_options run;
    double low[TEST_SEARCH_PARAMS];
    double high[TEST_SEARCH_PARAMS];
    scratch folder;
    bool in_folder; // the search writes there
} test_search;

// A noisy system with memory, T = 81, seed 7, box -0.5..0.5; the folder is open.
void test_search_make(test_search *out, const char *method);
void test_search_close(test_search *setup);

// The parts, which point into the setup.
pes_search_parts test_search_parts(const test_search *setup);

// A new search; a failure fails the test.
pes_search *test_search_create(const test_search *setup);

// The objective of one episode under theta on the stream of (point, episode), by the system's
// callbacks alone, one step at a time; `taken` (may be NULL) receives the inner steps until the
// end, or until the sum was not finite.
double test_search_episode(const test_search *setup, const float *theta, int64_t point,
                           int64_t episode, int64_t steps, int64_t *taken);

// Number `key` of row `index` (from 0) of a file in the folder: NaN where it is null; the test
// fails if there is no such row or key. And the number of rows.
double test_search_row(const test_search *setup, const char *file, int64_t index,
                       const char *key);
int64_t test_search_rows(const test_search *setup, const char *file);

#endif // PES_TESTS_SUPPORT_SEARCH_H
