// Where theta starts: at random, or in a file.

#ifndef PES_PROBLEMS_LOPT_START_H
#define PES_PROBLEMS_LOPT_START_H

#include "problems/data/sha256.h"
#include "problems/lopt/options.h"

// The start of a run with that seed, pes_lopt_num_params(); and the SHA-256 sum of what came
// from a file, or "". PES_E_FILE, PES_E_FORMAT, PES_E_ARGUMENT (another architecture).
pes_status pes_lopt_start(const pes_lopt_options *options, uint64_t seed, float *theta,
                          char sum[PES_SHA256_TEXT]);

#endif // PES_PROBLEMS_LOPT_START_H
