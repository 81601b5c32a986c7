#include "problems/lopt/start.h"

#include <stdlib.h>
#include <string.h>

#include "problems/lopt/file.h"
#include "problems/problem.h"

static bool same_shape(const pes_lopt_shape *a, const pes_lopt_shape *b) {
    return a->rule == b->rule && a->hidden.count == b->hidden.count &&
           memcmp(a->hidden.value, b->hidden.value,
                  (size_t)a->hidden.count * sizeof *a->hidden.value) == 0;
}

static pes_status take(const pes_lopt_options *options, const pes_lopt_shape *theirs,
                       const float *from, float *theta, char sum[PES_SHA256_TEXT]) {
    const pes_lopt_shape own = pes_lopt_options_shape(options);
    const size_t bytes = (size_t)pes_lopt_num_params(&own) * sizeof *theta;
    PES_PROBLEM_REQUIRE(same_shape(&own, theirs), PES_E_ARGUMENT,
                        "%s holds an optimizer of the architecture %s with %lld parameters; "
                        "set optimizer and optimizer_hidden to what 'pes import' says of it",
                        options->start_file, theirs->rule->name,
                        (long long)pes_lopt_num_params(theirs));
    memcpy(theta, from, bytes);
    pes_sha256 hash;
    pes_sha256_begin(&hash);
    pes_sha256_add(&hash, theta, bytes);
    pes_sha256_end(&hash, sum);
    PES_PROBLEM_REQUIRE(
        options->start_sha256[0] == '\0' || strcmp(options->start_sha256, sum) == 0,
        PES_E_FORMAT,
        "the parameters in %s have the SHA-256 sum %s, but start_sha256 says %s: its content "
        "has changed; restore it, or begin a new run",
        options->start_file, sum, options->start_sha256);
    return PES_OK;
}

pes_status pes_lopt_start(const pes_lopt_options *options, uint64_t seed, float *theta,
                          char sum[PES_SHA256_TEXT]) {
    const pes_lopt_shape shape = pes_lopt_options_shape(options);
    sum[0] = '\0';
    if (options->start_file[0] == '\0') {
        shape.rule->start(&shape, seed, theta);
        return PES_OK;
    }
    pes_lopt_shape theirs;
    float *from;
    PES_PROBLEM_TRY(pes_lopt_file_read(options->start_file, &theirs, &from));
    const pes_status status = take(options, &theirs, from, theta, sum);
    free(from);
    return status;
}
