// A policy in a safetensors file, with all that it takes to act and to go on learning: written
// by pes export, read as the start of a run (policy_start.h). Every layer is a tensor for each
// of its parts, F32; statistics of observations are F64:
//
//     hidden1.weight (inputs x outputs), hidden1.bias, ...    policy.h
//     action.low, action.high                                 of the environment
//     observation.count, .mean, .squares, .scale              normalize.h

#ifndef PES_PROBLEMS_CONTROL_POLICY_FILE_H
#define PES_PROBLEMS_CONTROL_POLICY_FILE_H

#include "problems/control/control.h"

// The bytes of a file with this policy, in *out, to be freed with free(). `problem` is the name
// of its problem, `where` a phrase that says what theta is.
pes_status pes_policy_file_pack(const pes_control *control, const char *problem,
                                const float *theta, const char *where, void **out,
                                int64_t *bytes);

typedef struct pes_policy_file {
    char problem[PES_NAME_SIZE];
    pes_policy policy;       // its options say kind, layers, bounds and normalization
    pes_normalize normalize; // numbers 0: observations are taken as they are
    float *theta;            // num_params
    double *common;          // pes_normalize_common() of them
} pes_policy_file;

// Read and check a file; nothing in it is trusted. PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY with
// a sentence that names the file; then there is nothing to free.
pes_status pes_policy_file_read(pes_policy_file *out, const char *path);
void pes_policy_file_free(pes_policy_file *file);

#endif // PES_PROBLEMS_CONTROL_POLICY_FILE_H
