// The episodes of `pes evaluate`, and what they say.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evaluate.h"
#include "cli/runs.h"
#include "pes/evaluator.h"

evaluate_sample evaluate_sample_of(int64_t count, const double *x) {
    evaluate_sample out = {.mean = 0.0};
    double squares = 0.0; // sum of squared deviations (Welford 1962)
    for (int64_t i = 0; i < count; i++) {
        if (isfinite(x[i])) {
            out.count++;
            const double change = x[i] - out.mean;
            out.mean += change / (double)out.count;
            squares += change * (x[i] - out.mean);
        }
    }
    const double n = (double)out.count;
    out.mean = out.count > 0 ? out.mean : (double)NAN;
    out.deviation = out.count > 1 ? sqrt(squares / (n - 1.0)) : (double)NAN;
    out.error = out.deviation / sqrt(n);
    return out;
}

// `objective` is points x episodes; `difference` has room for one point's episodes.
static void summarize(const evaluate_study *study, evaluate_measure *measure, double scale,
                      double *objective, double *difference) {
    const int64_t m = study->episodes;
    for (int64_t i = 0; i < study->points.count * m; i++) {
        objective[i] *= scale;
    }
    const double *start = objective + (study->points.count - 1) * m;
    for (int64_t i = 0; i < study->points.count; i++) {
        const double *own = objective + i * m;
        for (int64_t e = 0; e < m; e++) {
            difference[e] = own[e] - start[e];
        }
        const evaluate_sample all = evaluate_sample_of(m, own);
        const evaluate_sample more = evaluate_sample_of(m, difference);
        measure->value[i] = (evaluate_value){
            .episodes = all.count,
            .mean = all.mean,
            .error = all.error,
            .deviation = all.deviation,
            .difference = more.mean,
            .difference_error = more.error,
        };
    }
}

// Inner steps of an episode; 0: it has no end.
static int64_t steps_of(const experiment *setup) {
    return setup->run.evaluation_steps > 0 ? setup->run.evaluation_steps
                                           : setup->estimator.horizon;
}

// Points `first` to before `end`, which know the same; objective: points x episodes.
static int run_some(evaluate_study *study, pes_problem *problem,
                    const pes_evaluator_options *options, int64_t first, int64_t end,
                    const float *theta, double *objective) {
    const int code = points_prepare(&study->points, first, problem);
    if (code != CLI_OK) {
        return code;
    }
    pes_evaluator *evaluator = NULL;
    pes_status status = pes_evaluator_create(&evaluator, pes_problem_system(problem), options);
    if (status == PES_OK) {
        status =
            pes_evaluator_run_many(evaluator, end - first, theta + first * study->points.params,
                                   objective + first * study->episodes);
    }
    pes_evaluator_destroy(evaluator);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, study->points.folder);
}

// All points; where particles learn something in common, the start for itself.
static int run_all(evaluate_study *study, pes_problem *problem,
                   const pes_evaluator_options *options, const float *theta,
                   double *objective) {
    const int64_t count = study->points.count;
    const bool apart = pes_problem_system(problem)->common_bytes > 0;
    const int64_t first = apart ? count - 1 : 0;
    const int code =
        apart ? run_some(study, problem, options, 0, first, theta, objective) : CLI_OK;
    return code == CLI_OK ? run_some(study, problem, options, first, count, theta, objective)
                          : code;
}

static int run_episodes(evaluate_study *study, const experiment *setup, pes_problem *problem,
                        const char *kind, double *objective) {
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = study->episodes;
    options.steps = steps_of(setup);
    options.objective = kind;
    options.seed = cli_seed(setup->run.seed, CLI_SEED_EVALUATION, 0);
    options.threads = study->threads;
    if (options.steps == 0) {
        return cli_fail(CLI_USAGE,
                        "%s: its episodes have no end; give them one with --set "
                        "run.evaluation_steps=COUNT",
                        study->points.folder);
    }
    const size_t params = (size_t)study->points.params;
    float *theta = calloc((size_t)study->points.count, params * sizeof *theta);
    if (theta == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    for (int64_t i = 0; i < study->points.count; i++) {
        memcpy(theta + i * study->points.params, study->points.point[i].theta,
               params * sizeof *theta);
    }
    const int code = run_all(study, problem, &options, theta, objective);
    free(theta);
    return code;
}

static bool append(cli_texts *set, const char *text) {
    const bool fits = set->count < CLI_TEXTS;
    if (fits) {
        set->text[set->count++] = text;
    }
    return fits;
}

// The study's settings and those of the measure, whose episodes are `steps` long, whatever
// those of the run were.
static int open_measure(const evaluate_study *study, const pes_problem_measure *what,
                        int64_t steps, experiment *setup, pes_problem **problem) {
    // how a run's episodes ended by chance is of no account here
    static const char *const whole[] = {"estimator.lengths=fixed", "estimator.shortest=0"};
    cli_texts set = *study->set;
    bool fits = append(&set, whole[0]) && append(&set, whole[1]);
    for (int64_t i = 0; what != NULL && i < PES_MEASURE_SETTINGS; i++) {
        fits = fits && (what->set[i][0] == '\0' || append(&set, what->set[i]));
    }
    if (!fits) {
        return cli_fail(CLI_USAGE, "there are too many --set");
    }
    int code = experiment_load(setup, study->points.folder, &set);
    if (code == CLI_OK && what != NULL) {
        setup->estimator.horizon = steps;
        setup->horizon_given = true;
    }
    if (code == CLI_OK) {
        code = experiment_open(setup, study->data, problem);
        if (code != CLI_OK) {
            experiment_free(setup);
        }
    }
    return code;
}

// NULL stands for the run's own objective; `steps` are for others.
static int measure_one(evaluate_study *study, const pes_problem_measure *what, int64_t steps) {
    experiment setup;
    pes_problem *problem = NULL;
    int code = open_measure(study, what, steps, &setup, &problem);
    if (code != CLI_OK) {
        return code;
    }
    const size_t m = (size_t)study->episodes, points = (size_t)study->points.count;
    double *objective = calloc(points + 1, m * sizeof *objective);
    code =
        objective != NULL
            ? run_episodes(study, &setup, problem,
                           what != NULL ? what->objective : runs_objective(&setup), objective)
            : cli_fail(CLI_FAILED, "there is no memory left");
    if (code == CLI_OK) {
        evaluate_measure *measure = &study->measure[study->measures++];
        measure->name = what != NULL ? what->name : "objective";
        summarize(study, measure, what != NULL ? what->scale : 1.0, objective,
                  objective + points * m);
    }
    free(objective);
    pes_problem_close(problem);
    experiment_free(&setup);
    return code;
}

int evaluate_run(evaluate_study *study, const experiment *setup) {
    const pes_problem_type *type = setup->type;
    pes_problem_measure what;
    const int64_t steps = steps_of(setup);
    int code = measure_one(study, NULL, steps);
    for (int64_t i = 0; code == CLI_OK && type->measure != NULL && i + 1 < EVALUATE_MEASURES &&
                        type->measure(setup->problem, i, steps, &what);
         i++) {
        code = measure_one(study, &what, steps);
    }
    return code;
}
