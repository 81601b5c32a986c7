#include "problems/hyper/mlp_training/load.h"

static pes_status load_images(pes_mlp_samples *out, const pes_mlp_options *options,
                              const pes_data_folders *data) {
    const pes_image_request request = {
        .set = pes_mlp_options_dataset(options),
        .folders = data,
        .count = {options->training_images, options->validation_images, options->test_images},
        .with_test = pes_mlp_options_objective(options)->part == PES_PART_TEST,
        .side = options->digits_size,
        .seed = options->digits_seed,
        .shrink = options->input_size,
    };
    return pes_mlp_samples_of_images(out, &request);
}

// Are there enough for minibatches of the parts that are used?
static pes_status check(const pes_mlp_samples *samples, const pes_mlp_options *options) {
    const pes_part judge = pes_mlp_options_objective(options)->part;
    const char *what = pes_mlp_options_use_table(options) ? "rows" : "images";
    for (int p = 0; p < PES_PARTS; p++) {
        const bool used = p != PES_PART_TEST || judge == PES_PART_TEST;
        PES_PROBLEM_REQUIRE(!used || samples->count[p] > 0, PES_E_ARGUMENT,
                            "%s has no test %s of its own: set test_images, and as many are "
                            "held out of training for the objective %s",
                            options->dataset, what, options->objective);
        PES_PROBLEM_REQUIRE(!used || options->batch_size <= samples->count[p], PES_E_ARGUMENT,
                            "batch_size is %lld, but there are only %lld %s %s to draw it from",
                            (long long)options->batch_size, (long long)samples->count[p],
                            pes_part_name[p], what);
    }
    return PES_OK;
}

pes_status pes_mlp_samples_load(pes_mlp_samples *out, const pes_mlp_options *options,
                                const pes_data_folders *data) {
    *out = (pes_mlp_samples){.features = 0};
    const bool use_table = pes_mlp_options_use_table(options);
    pes_status status =
        (use_table ? pes_mlp_samples_load_table : load_images)(out, options, data);
    if (status == PES_OK) {
        pes_mlp_samples_lay_out(out);
        status = check(out, options);
    }
    if (status != PES_OK) {
        pes_mlp_samples_release(out);
    }
    return status;
}
