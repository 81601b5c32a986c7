// The true objective of parameters, and what else a problem measures of them: `pes evaluate`.
//
// Every point (the end of a run, its start, ...) goes through the same M episodes, whose
// randomness is not that of the run's own evaluations: a point that was chosen because it did
// well there has no advantage here. A value is the mean over the episodes that stayed finite;
// errors are standard errors. Since the episodes are the same, the difference of two points is
// known better than either; its error is that of the mean of the episodes' differences.

#ifndef PES_CLI_EVALUATE_H
#define PES_CLI_EVALUATE_H

#include "cli/experiment.h"
#include "cli/points.h"

enum { EVALUATE_MEASURES = 8 };

// The finite ones of some numbers.
typedef struct evaluate_sample {
    int64_t count;
    double mean;      // NaN for none
    double deviation; // standard deviation; NaN for fewer than two
    double error;     // standard error of the mean; likewise
} evaluate_sample;

evaluate_sample evaluate_sample_of(int64_t count, const double *x);

// What came out of one point in one measure.
typedef struct evaluate_value {
    int64_t episodes;        // that stayed finite
    double mean;             // over these; NaN for none
    double error;            // standard error of the mean; NaN for fewer than two
    double deviation;        // standard deviation of one episode; likewise
    double difference;       // mean of the episodes' values minus the start's
    double difference_error; // its standard error
} evaluate_value;

// Something that is measured: the run's own objective first, then what the problem adds.
typedef struct evaluate_measure {
    const char *name; // "objective", "test accuracy"
    evaluate_value value[POINTS_MOST];
} evaluate_measure;

// One run that is looked at.
typedef struct evaluate_study {
    const cli_texts *set; // settings that are to be others
    const char *data;     // --data, or NULL
    int64_t episodes;     // M
    int64_t threads;
    run_points points;
    int64_t measures;
    evaluate_measure measure[EVALUATE_MEASURES];
} evaluate_study;

// Fills the measures. `setup` is the run's. CLI_OK, or another code after one sentence.
int evaluate_run(evaluate_study *study, const experiment *setup);

// A study as a table, and as one JSON object a point. Return as cli_flush().
int evaluate_print(const evaluate_study *study);
int evaluate_print_json(const evaluate_study *study);

#endif // PES_CLI_EVALUATE_H
