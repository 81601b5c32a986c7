// Repetitions of one point, spread over threads, and their comparison with a reference.

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stop.h"
#include "cli/variance.h"

// ---- repetitions ----------------------------------------------------------------------

typedef struct crew {
    const variance_point *point;
    pes_estimator_options options;
    int64_t updates; // of an episode
    int64_t workers;
    double *out; // repetitions x num_params
} crew;

// One thread of the crew: repetitions number, number + workers, ...
typedef struct hand {
    const crew *crew;
    int64_t number;
    pes_status status;
    bool stopped;
    int64_t dropped; // particles whose losses were not finite
    char sentence[VARIANCE_REASON];
} hand;

// One estimate, summed over the updates of the first episode.
static pes_status repeat(hand *h, int64_t repetition, float *grad) {
    const crew *c = h->crew;
    const pes_system *system = pes_problem_system(c->point->problem);
    const float *given = c->point->theta;
    const float *theta = given != NULL ? given : pes_problem_theta(c->point->problem);
    double *sum = c->out + repetition * system->num_params;
    pes_estimator_options options = c->options;
    options.seed = cli_seed(options.seed, CLI_SEED_REPETITION, repetition);
    pes_estimator *estimator = NULL;
    pes_status status = pes_estimator_create(&estimator, system, &options);
    pes_estimate_info info = {0};
    for (int64_t u = 0; status == PES_OK && u < c->updates && !h->stopped; u++) {
        status = pes_estimator_step(estimator, theta, grad, &info);
        h->dropped += info.dropped;
        for (int64_t p = 0; status == PES_OK && p < system->num_params; p++) {
            sum[p] += (double)grad[p];
        }
        h->stopped = stop_wanted();
    }
    pes_estimator_destroy(estimator);
    return status;
}

static void *work(void *argument) {
    hand *h = argument;
    const crew *c = h->crew;
    const size_t size = (size_t)pes_problem_system(c->point->problem)->num_params;
    float *grad = calloc(size, sizeof *grad);
    h->status = grad != NULL ? PES_OK : PES_E_MEMORY;
    for (int64_t r = h->number; h->status == PES_OK && r < c->point->repetitions && !h->stopped;
         r += c->workers) {
        h->status = repeat(h, r, grad);
    }
    if (h->status != PES_OK) {
        const char *sentence = pes_last_error(); // the thread's own
        snprintf(h->sentence, sizeof h->sentence, "%s",
                 sentence[0] != '\0' ? sentence : pes_status_text(h->status));
    }
    free(grad);
    return NULL;
}

// As many estimators side by side as threads, as long as they fit into a moderate share of
// memory together; an estimator of its own for each thread has nobody to wait for. The bits do
// not depend on it.
static int64_t choose_workers(const crew *c) {
    const double most = 2e9; // bytes
    const pes_system *system = pes_problem_system(c->point->problem);
    pes_estimator_options alone = c->options;
    alone.threads = 1;
    const double each = (double)pes_estimator_memory(system, &alone);
    int64_t workers =
        c->point->threads < c->point->repetitions ? c->point->threads : c->point->repetitions;
    while (workers > 1 && each * (double)workers > most) {
        workers--;
    }
    return workers;
}

static void run_crew(const crew *c, hand *all, pthread_t *thread) {
    for (int64_t i = 0; i < c->workers; i++) {
        all[i] = (hand){.crew = c, .number = i};
    }
    int64_t started = 1;
    while (started < c->workers &&
           pthread_create(&thread[started], NULL, work, &all[started]) == 0) {
        started++;
    }
    work(&all[0]);
    for (int64_t i = 1; i < c->workers; i++) {
        if (i < started) {
            pthread_join(thread[i], NULL);
        } else {
            work(&all[i]); // a thread that could not be had
        }
    }
}

static int judge(const hand *all, int64_t workers, char reason[VARIANCE_REASON]) {
    for (int64_t i = 0; i < workers; i++) {
        const pes_status status = all[i].status;
        if (status == PES_E_ARGUMENT || status == PES_E_DIVERGED) {
            snprintf(reason, VARIANCE_REASON, "%s", all[i].sentence);
            return CLI_GO;
        }
        if (status != PES_OK) {
            return cli_fail(CLI_FAILED, "%s", all[i].sentence);
        }
    }
    for (int64_t i = 0; i < workers; i++) {
        if (all[i].stopped) {
            return CLI_INTERRUPTED;
        }
    }
    return CLI_OK;
}

static int64_t count_dropped(const hand *all, int64_t workers) {
    int64_t dropped = 0;
    for (int64_t i = 0; i < workers; i++) {
        dropped += all[i].dropped;
    }
    return dropped;
}

int variance_estimate(const variance_point *point, double *out, char reason[VARIANCE_REASON]) {
    const pes_system *system = pes_problem_system(point->problem);
    crew c = {.point = point, .options = point->setup->estimator, .out = out};
    c.options.seed = point->setup->run.seed;
    c.updates = point->updates > 0
                    ? point->updates
                    : (c.options.horizon + c.options.truncation - 1) / c.options.truncation;
    c.workers = choose_workers(&c);
    c.options.threads = point->threads / c.workers;
    memset(out, 0, (size_t)(point->repetitions * system->num_params) * sizeof *out);
    hand *all = calloc((size_t)c.workers, sizeof *all);
    pthread_t *thread = calloc((size_t)c.workers, sizeof *thread);
    int code = CLI_FAILED;
    if (all != NULL && thread != NULL) {
        run_crew(&c, all, thread);
        code = judge(all, c.workers, reason);
        if (point->dropped != NULL) {
            *point->dropped = count_dropped(all, c.workers);
        }
    } else {
        cli_fail(CLI_FAILED, "there is no memory left");
    }
    free(all);
    free(thread);
    return code;
}

// ---- statistics -----------------------------------------------------------------------

static double dot(int64_t n, const double *a, const double *b) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

// What the statistics need of the deviations h_r; the vectors themselves are done with.
typedef struct moments {
    int64_t count;  // R
    double squares; // sum |h_r|^2
    double sum;     // |S|^2
    double *square; // R: |h_r|^2
    double *along;  // R: <h_r, S>
} moments;

// The mean of <h_r, h_s> over pairs r != s, repetition `without` left out (-1: none).
static double mean_product(const moments *m, int64_t without) {
    double count = (double)m->count, sum = m->sum, squares = m->squares;
    if (without >= 0) {
        count -= 1.0;
        sum += m->square[without] - 2.0 * m->along[without];
        squares -= m->square[without];
    }
    return (sum - squares) / (count * (count - 1.0));
}

static double mean_square(const moments *m, int64_t without) {
    return without < 0 ? m->squares / (double)m->count
                       : (m->squares - m->square[without]) / (double)(m->count - 1);
}

static double difference(const moments *m, int64_t without) {
    return mean_square(m, without) - mean_product(m, without);
}

// A statistic and its jackknife error: R - 1 times the mean squared deviation of the R values
// that leave one repetition out (Tukey 1958). For a mean it is the usual standard error.
static variance_value jackknife(const moments *m,
                                double (*statistic)(const moments *m, int64_t without),
                                double scale) {
    const double count = (double)m->count;
    double mean = 0.0, squares = 0.0;
    for (int64_t r = 0; r < m->count; r++) {
        mean += statistic(m, r) / count;
    }
    for (int64_t r = 0; r < m->count; r++) {
        const double deviation = statistic(m, r) - mean;
        squares += deviation * deviation;
    }
    return (variance_value){
        .value = scale * statistic(m, -1),
        .error = scale * sqrt(squares * (count - 1.0) / count),
    };
}

// The moments of the estimates' deviations from `origin` (NULL: from 0); `work` has room for 2
// (num_params + repetitions) numbers.
static moments gather(int64_t repetitions, int64_t num_params, const double *estimate,
                      const double *origin, double *work) {
    double *sum = work, *square = sum + num_params, *along = square + repetitions;
    double *h = along + repetitions;
    moments m = {.count = repetitions, .square = square, .along = along};
    memset(sum, 0, (size_t)num_params * sizeof *sum);
    for (int64_t r = 0; r < repetitions; r++) {
        for (int64_t p = 0; p < num_params; p++) {
            sum[p] += estimate[r * num_params + p] - (origin != NULL ? origin[p] : 0.0);
        }
    }
    for (int64_t r = 0; r < repetitions; r++) {
        for (int64_t p = 0; p < num_params; p++) {
            h[p] = estimate[r * num_params + p] - (origin != NULL ? origin[p] : 0.0);
        }
        square[r] = dot(num_params, h, h);
        along[r] = dot(num_params, h, sum);
        m.squares += square[r];
    }
    m.sum = dot(num_params, sum, sum);
    return m;
}

variance_result variance_compare(int64_t repetitions, int64_t num_params,
                                 const double *estimate, const variance_reference *reference,
                                 double *work_space) {
    const moments m =
        gather(repetitions, num_params, estimate, reference->gradient, work_space);
    const double scale = 1.0 / dot(num_params, reference->gradient, reference->gradient);
    return (variance_result){
        .squared_error = jackknife(&m, mean_square, scale),
        .squared_bias = jackknife(&m, mean_product, scale),
        .variance = jackknife(&m, difference, scale),
    };
}

variance_moments variance_describe(int64_t repetitions, int64_t num_params,
                                   const double *estimate, double *work_space) {
    const moments m = gather(repetitions, num_params, estimate, NULL, work_space);
    return (variance_moments){
        .signal = jackknife(&m, mean_product, 1.0),
        .variance = jackknife(&m, difference, 1.0),
    };
}
