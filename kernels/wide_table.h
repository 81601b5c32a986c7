// The fields of a table made of the wide_*.h files.

#ifndef PES_KERNELS_WIDE_TABLE_H
#define PES_KERNELS_WIDE_TABLE_H

#define WIDE_TABLE(table_name)                                                                 \
    {                                                                                          \
        .name = table_name, .philox = philox, .normal = normal, .few_normals = few_normals,    \
        .few_perturb = few_perturb, .few_sum = few_sum, .weigh_pairs = weigh_pairs,            \
        .add_rows = add_rows, .perturb = perturb, .accumulate = accumulate,                    \
        .squares = squares, .exp = map_exp, .tanh = map_tanh, .log = map_log,                  \
        .sigmoid = map_sigmoid, .lane_width = WIDTH, .lanes_gather = lanes_gather,             \
        .lanes_product = lanes_product, .lanes_cross_entropy = lanes_cross_entropy,            \
        .shared_layer = shared_layer, .running_means = running_means,                          \
        .grown_steps = grown_steps, .row_squares = row_squares,                                \
        .column_squares = column_squares, .reciprocal_roots = reciprocal_roots,                \
        .factored_moments = factored_moments, .factored_steps = factored_steps,                \
        .dexp = map_dexp, .dsincos = map_dsincos, .ripple_step = ripple_step,                  \
        .ripple_measure = ripple_measure, .ripple_steps_single = ripple_steps_single,          \
        .ripple_measure_single = ripple_measure_single, .halfway = halfway,                    \
        .halfway_single = halfway_single, .sgemm_nn = sgemm_nn, .sgemm_nt = sgemm_nt,          \
        .sgemm_tn = sgemm_tn, .softmax_cross_entropy = softmax_cross_entropy,                  \
        .bias_relu = bias_relu, .bias = add_bias, .relu_backward = relu_backward,              \
        .column_sums = column_sums, .scale = scale, .axpy = axpy,                              \
        .bytes_to_floats = bytes_to_floats, .fma_chains = fma_chains,                          \
        .flops_per_round = (int64_t)CHAINS * WIDTH * 2,                                        \
    }

#endif // PES_KERNELS_WIDE_TABLE_H
