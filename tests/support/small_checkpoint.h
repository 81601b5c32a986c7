// A small run's checkpoint, for the tests that write, read and damage it.

#ifndef PES_TESTS_SUPPORT_SMALL_CHECKPOINT_H
#define PES_TESTS_SUPPORT_SMALL_CHECKPOINT_H

#include "record/checkpoints.h"
#include "support/check.h"

enum { HEADER_BYTES = 4096 };

static const unsigned char small_state[5] = {1, 2, 3, 4, 255};
static const float small_theta[6] = {0.5f, -1.0f, 2.0f, 3.0f, 1e-30f, 7.0f};
static const double small_sum[2] = {3.25, -1e300};

static const pes_checkpoint_entry small_texts[] = {
    {"update", "12"},
    {"fingerprint", "a \"quoted\"\n\\text\xc3\xa9"},
    {"empty", ""},
};

static const pes_tensor small_tensors[] = {
    {"state", "U8", 1, {5}, small_state, 5},   {"theta", "F32", 2, {2, 3}, small_theta, 24},
    {"nothing", "I64", 3, {2, 0, 7}, NULL, 0}, {"sum", "F64", 1, {2}, small_sum, 16},
    {"scalar", "F32", 0, {0}, small_theta, 4},
};

static const pes_checkpoint_content small_content = {
    .text = small_texts, .num_texts = 3, .tensor = small_tensors, .num_tensors = 5};

// Write it as checkpoint number `update` of the directory.
static inline void write_small(const char *directory, int64_t update) {
    pes_checkpoints *checkpoints;
    CHECK_OK(pes_checkpoints_open(&checkpoints, directory, HEADER_BYTES));
    CHECK_OK(pes_checkpoints_write(checkpoints, update, &small_content));
    pes_checkpoints_close(checkpoints);
}

#endif // PES_TESTS_SUPPORT_SMALL_CHECKPOINT_H
