// The open problem, shared by the files of this folder.

#ifndef PES_PROBLEMS_MLP_TRAINING_H
#define PES_PROBLEMS_MLP_TRAINING_H

#include "problems/hyper/mlp_training/network.h"
#include "problems/hyper/mlp_training/options.h"

typedef struct pes_mlp_training {
    pes_mlp_options options;
    const pes_kernels *kernels;
    const pes_mlp_schedule *schedule;
    const pes_mlp_objective *objective;
    int64_t schedule_steps; // inner steps
    pes_mlp_network network;
    pes_images images;
    float pixel_scale; // a pixel becomes pixel_scale * byte + pixel_shift
    float pixel_shift;
    int64_t flush_every; // inner steps between two sweeps for tiny velocities; 0: none needed
} pes_mlp_training;

// The callbacks of the system; `user` is a pes_mlp_training.
pes_status pes_mlp_worker_open(void *user, int64_t max_count, void **worker);
void pes_mlp_worker_close(void *user, void *worker);
int64_t pes_mlp_worker_bytes(const pes_mlp_training *training);
pes_status pes_mlp_init(void *user, void *worker, const pes_batch *batch);
pes_status pes_mlp_unroll(void *user, void *worker, const pes_batch *batch);

#endif // PES_PROBLEMS_MLP_TRAINING_H
