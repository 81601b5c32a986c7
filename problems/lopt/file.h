// A learned optimizer as a safetensors file: theta as the tensors that it is made of, and in
// the metadata
//
//     format        "pes learned optimizer 1"
//     architecture  "mlp"
//     hidden        "32 32", widths of the network's hidden layers; empty without a network
//     what          a phrase that says where theta comes from

#ifndef PES_PROBLEMS_LOPT_FILE_H
#define PES_PROBLEMS_LOPT_FILE_H

#include "problems/lopt/rule.h"

// All bytes of the file, to be freed with free(). PES_E_MEMORY, and PES_E_ARGUMENT where `what`
// is not UTF-8; then *out is NULL.
pes_status pes_lopt_file_pack(const pes_lopt_shape *shape, const float *theta, const char *what,
                              void **out, int64_t *bytes);

// The optimizer in a file, and its parameters, to be freed with free(). PES_E_FILE,
// PES_E_FORMAT, PES_E_MEMORY; then *theta is NULL.
pes_status pes_lopt_file_read(const char *path, pes_lopt_shape *shape, float **theta);

#endif // PES_PROBLEMS_LOPT_FILE_H
