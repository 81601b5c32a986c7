// One side of the proof: the method's own estimates, summed over the updates of an episode.
//
// Where all episodes have the same length, ceil(T / K) updates show one of every unit (with
// staggered starts, all parts of one). Where some end earlier, a run is one unit, and its
// episode lasts until the estimator restarts it.

#include <string.h>

#include "train/estimator.h"
#include "train/unbiased.h"

uint64_t pes_proof_seed(const pes_proof *proof, int kind, int64_t index) {
    const pes_stream stream = {.seed = proof->options.seed, .particle = (uint32_t)index};
    uint32_t word[2];
    pes_noise_bits(&stream, (uint32_t)kind, 0, 2, word);
    return (uint64_t)word[0] << 32 | word[1];
}

// A run, and the episode that it is in.
typedef struct proof_run {
    const pes_proof *proof;
    pes_estimator *estimator;
    double *total; // num_params, sum of the episode's estimates
    float *grad;   // num_params
    int64_t taken;
    int64_t dropped;
    bool uneven; // some episodes took fewer updates than others
} proof_run;

// Tethered particles are thrown away with every update: the guide's end is the episode's.
static bool is_over(const pes_estimator *e, int64_t unit) {
    const pes_population *p = &e->population;
    return p->tethered ? p->ended[p->units * p->signs] == 1 : pes_population_over(p, unit);
}

// Inner steps of the episode that a unit, or the guide that it is tethered to, is in.
static int64_t clock_of(const pes_estimator *e, int64_t unit) {
    const pes_population *p = &e->population;
    const int64_t row = p->tethered ? p->units * p->signs : unit * p->signs;
    const int64_t twin = p->tethered ? row : row + p->signs - 1;
    return p->clock[row] > p->clock[twin] ? p->clock[row] : p->clock[twin];
}

// Has an episode ended after fewer updates than all episodes would need?
static bool any_early(const pes_proof *proof, const pes_estimator *e) {
    bool any = false;
    for (int64_t u = 0; u < e->population.units; u++) {
        const int64_t before_last = (proof->updates - 1) * proof->estimator.truncation;
        any = any || (is_over(e, u) && clock_of(e, u) <= before_last);
    }
    return any;
}

// Sum the estimates of an episode, or of its first `updates` updates.
static pes_status run_episode(proof_run *run) {
    const pes_proof *p = run->proof;
    const int64_t n = p->system.num_params;
    memset(run->total, 0, (size_t)n * sizeof *run->total);
    for (int64_t u = 0; u < p->updates; u++) {
        pes_estimate_info info;
        PES_TRY(pes_estimator_step(run->estimator, p->theta, run->grad, &info));
        for (int64_t i = 0; i < n; i++) {
            run->total[i] += (double)run->grad[i];
        }
        run->taken += info.inner_steps;
        run->dropped += info.dropped;
        if (p->alone && is_over(run->estimator, 0)) {
            break;
        }
        run->uneven =
            run->uneven || (!p->alone && info.dropped == 0 && any_early(p, run->estimator));
    }
    return PES_OK;
}

static void project(const proof_run *run, double projection[PES_UNBIASED_DIRECTIONS]) {
    const pes_proof *p = run->proof;
    const int64_t n = p->system.num_params;
    for (int64_t d = 0; d < p->directions; d++) {
        projection[d] = 0.0;
        for (int64_t i = 0; i < n; i++) {
            projection[d] += p->direction[d * n + i] * run->total[i];
        }
    }
}

// The first episode is one window; the mean of the others is the second.
static pes_status run_windows(proof_run *run, int64_t index) {
    const pes_proof *p = run->proof;
    const int64_t later = p->options.episodes - 1;
    for (int64_t episode = 0; episode <= (p->windows > 1 ? later : 0); episode++) {
        double projection[PES_UNBIASED_DIRECTIONS];
        PES_TRY(run_episode(run));
        project(run, projection);
        const int64_t window = episode > 0 ? 1 : 0;
        for (int64_t d = 0; d < p->directions; d++) {
            p->sample[(window * p->directions + d) * p->runs + index] +=
                projection[d] / (window > 0 ? (double)later : 1.0);
        }
    }
    return PES_OK;
}

static proof_run begin(const pes_proof *proof, int64_t thread) {
    const int64_t n = proof->system.num_params;
    return (proof_run){
        .proof = proof,
        .total = proof->total + thread * n,
        .grad = proof->grad + thread * n,
    };
}

pes_status pes_proof_run(void *proof, int64_t index, int64_t thread) {
    const pes_proof *p = proof;
    pes_estimator_options options = p->estimator;
    options.seed = pes_proof_seed(p, PES_PROOF_RUN, index);
    proof_run run = begin(p, thread);
    PES_TRY(pes_estimator_create(&run.estimator, &p->system, &options));
    const pes_status status = run_windows(&run, index);
    pes_estimator_destroy(run.estimator);
    p->taken[index] = run.taken;
    p->dropped[index] = run.dropped;
    p->uneven[index] = run.uneven;
    return status;
}

pes_status pes_proof_pilot(void *proof, int64_t index, int64_t thread) {
    const pes_proof *p = proof;
    const int64_t n = p->system.num_params;
    pes_estimator_options options = p->estimator;
    options.method = "nres";
    options.noise_interval = 0;
    options.shaping = "none";
    options.seed = pes_proof_seed(p, PES_PROOF_PILOT, index);
    proof_run run = begin(p, thread);
    PES_TRY(pes_estimator_create(&run.estimator, &p->system, &options));
    const pes_status status = run_episode(&run);
    pes_estimator_destroy(run.estimator);
    memcpy(p->pilot + index * n, run.total, (size_t)n * sizeof *run.total);
    p->taken[index] = run.taken;
    return status;
}
