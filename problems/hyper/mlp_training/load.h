// The samples that the settings ask for.

#ifndef PES_PROBLEMS_MLP_LOAD_H
#define PES_PROBLEMS_MLP_LOAD_H

#include "problems/hyper/mlp_training/options.h"
#include "problems/nn/mlp/samples.h"

// PES_E_ARGUMENT (fewer than a minibatch needs, among others), PES_E_FILE, PES_E_FORMAT,
// PES_E_MEMORY; then nothing is owned.
pes_status pes_mlp_samples_load(pes_mlp_samples *out, const pes_mlp_options *options,
                                const pes_data_folders *data);

// Its part for tables, but for pes_mlp_samples_lay_out(): they are shuffled by split_seed, the
// first rows of the new order are for training, the next for validation, then for tests; each
// column is standardised by the training rows.
pes_status pes_mlp_samples_load_table(pes_mlp_samples *out, const pes_mlp_options *options,
                                      const pes_data_folders *data);

#endif // PES_PROBLEMS_MLP_LOAD_H
