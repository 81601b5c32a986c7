#include "problems/lopt/tasks.h"

#include <math.h>
#include <string.h>

// ---- samples --------------------------------------------------------------------------------

static pes_image_request request_of(const pes_lopt_options *options,
                                    const pes_lopt_task_row *row,
                                    const pes_data_folders *data) {
    return (pes_image_request){
        .set = pes_dataset_find(row->dataset),
        .folders = data,
        .count = {options->training_images, options->validation_images, options->test_images},
        .with_test = pes_mlp_objective_find(options->objective)->part == PES_PART_TEST,
        .side = options->digits_size,
        .seed = options->digits_seed,
        .shrink = row->input_size,
    };
}

static bool same_images(const pes_lopt_task_row *a, const pes_lopt_task_row *b) {
    return strcmp(a->dataset, b->dataset) == 0 && a->input_size == b->input_size;
}

static bool same_choice(const pes_lopt_options *a, const pes_lopt_options *b) {
    const bool test = pes_mlp_objective_find(a->objective)->part == PES_PART_TEST;
    return a->training_images == b->training_images &&
           a->validation_images == b->validation_images && a->test_images == b->test_images &&
           a->digits_size == b->digits_size && a->digits_seed == b->digits_seed &&
           test == (pes_mlp_objective_find(b->objective)->part == PES_PART_TEST);
}

// The images of one of the first `count` tasks, if they are the row's; or NULL.
static const pes_mlp_samples *find_among(const pes_lopt_options *options,
                                         const pes_lopt_tasks *tasks, int64_t count,
                                         const pes_lopt_task_row *row) {
    for (int64_t i = 0; i < count; i++) {
        const pes_lopt_task_row other = pes_lopt_options_task(options, i);
        if (same_images(row, &other)) {
            return tasks->task[i].samples;
        }
    }
    return NULL;
}

// The samples of task number `index`: those of an earlier one, of the lender's, or new.
static pes_status find_samples(pes_lopt_tasks *out, const pes_lopt_options *options,
                               int64_t index, const pes_data_folders *data,
                               const pes_lopt_lender *lender) {
    const pes_lopt_task_row row = pes_lopt_options_task(options, index);
    const pes_mlp_samples **samples = &out->task[index].samples;
    *samples = find_among(options, out, index, &row);
    if (*samples == NULL && lender != NULL && same_choice(options, lender->options)) {
        *samples = find_among(lender->options, lender->tasks, lender->tasks->count, &row);
    }
    if (*samples == NULL) {
        const pes_image_request request = request_of(options, &row, data);
        PES_PROBLEM_TRY(pes_mlp_samples_of_images(&out->set[out->sets], &request));
        *samples = &out->set[out->sets++];
    }
    return PES_OK;
}

// Are there enough for minibatches of the parts that are used?
static pes_status check_samples(const pes_lopt_options *options, int64_t index,
                                const pes_mlp_samples *samples) {
    const pes_lopt_task_row row = pes_lopt_options_task(options, index);
    const pes_part judge = pes_mlp_objective_find(options->objective)->part;
    for (int p = 0; p < PES_PARTS; p++) {
        const bool used = p == PES_PART_TRAINING || p == (int)judge;
        PES_PROBLEM_REQUIRE(!used || samples->count[p] > 0, PES_E_ARGUMENT,
                            "%s has no test images of its own: set test_images, and as many "
                            "are held out of training for the objective %s",
                            row.dataset, options->objective);
        PES_PROBLEM_REQUIRE(!used || row.batch_size <= samples->count[p], PES_E_ARGUMENT,
                            "batch_size is %lld, but %s has only %lld %s images to draw it "
                            "from",
                            (long long)row.batch_size, row.dataset,
                            (long long)samples->count[p], pes_part_name[p]);
    }
    return PES_OK;
}

// ---- one task -------------------------------------------------------------------------------

// Where what the optimizer keeps besides lies, and how long a state is.
static void lay_out_state(pes_lopt_task *task, const pes_lopt_shape *shape) {
    task->floats = (1 + shape->rule->moments) * task->network.floats;
    for (int64_t l = 0; l < task->network.layers; l++) {
        const pes_mlp_layer *layer = &task->network.layer[l];
        task->extra[2 * l] = task->floats;
        task->floats += pes_lopt_extra_floats(shape, layer->in, layer->out);
        task->extra[2 * l + 1] = task->floats;
        task->floats += pes_lopt_extra_floats(shape, 1, layer->out);
    }
}

// In what losses are measured: an accuracy is what it is.
static void set_units(pes_lopt_task *task, const pes_lopt_options *options) {
    float classes = (float)task->samples->outputs;
    pes_kernels_select()->log(1, &classes, &classes);
    const double uniform = (double)classes; // the loss of the uniform prediction
    const bool counts = pes_mlp_objective_find(options->objective)->counts_correct;
    const bool divides = options->task.count > 0 && options->normalize && !counts;
    const bool clips = options->loss_clip > 0.0 && !counts;
    task->unit = divides ? uniform : 1.0;
    task->most = clips ? options->loss_clip * uniform / task->unit : (double)INFINITY;
}

static void make_task(pes_lopt_tasks *out, const pes_lopt_options *options, int64_t index) {
    const pes_lopt_shape shape = pes_lopt_options_shape(options);
    const pes_lopt_task_row row = pes_lopt_options_task(options, index);
    pes_lopt_task *task = &out->task[index];
    task->batch = row.batch_size;
    task->probability = row.weight;
    task->network =
        pes_mlp_network_shape(task->samples->features, &row.hidden, task->samples->outputs);
    task->network.activation = pes_mlp_activation_find(row.activation);
    lay_out_state(task, &shape);
    set_units(task, options);
    const int64_t floats = (task->floats + PES_MLP_LINE - 1) / PES_MLP_LINE * PES_MLP_LINE;
    out->state_floats = floats > out->state_floats ? floats : out->state_floats;
}

int64_t pes_lopt_task_weights(const pes_lopt_task *task) {
    int64_t weights = 0;
    for (int64_t l = 0; l < task->network.layers; l++) {
        weights += (task->network.layer[l].in + 1) * task->network.layer[l].out;
    }
    return weights;
}

int64_t pes_lopt_task_largest(const pes_lopt_task *task) {
    int64_t most = 0;
    for (int64_t l = 0; l < task->network.layers; l++) {
        const int64_t floats = task->network.layer[l].in * task->network.layer[l].stride;
        most = floats > most ? floats : most;
    }
    return most;
}

// ---- all of them ----------------------------------------------------------------------------

// Weights become probabilities, and their running sums.
static void share_out(pes_lopt_tasks *tasks) {
    double all = 0.0, sum = 0.0;
    for (int64_t i = 0; i < tasks->count; i++) {
        all += tasks->task[i].probability;
    }
    for (int64_t i = 0; i < tasks->count; i++) {
        tasks->task[i].probability /= all;
        sum += tasks->task[i].probability;
        tasks->task[i].share = (float)sum;
    }
}

pes_status pes_lopt_tasks_load(pes_lopt_tasks *out, const pes_lopt_options *options,
                               const pes_data_folders *data, const pes_lopt_lender *lender) {
    *out = (pes_lopt_tasks){.count = pes_lopt_options_tasks(options)};
    pes_status status = PES_OK;
    for (int64_t i = 0; i < out->count && status == PES_OK; i++) {
        status = find_samples(out, options, i, data, lender);
        status = status == PES_OK ? check_samples(options, i, out->task[i].samples) : status;
        if (status == PES_OK) {
            make_task(out, options, i);
        }
    }
    if (status != PES_OK) {
        pes_lopt_tasks_release(out);
        return status;
    }
    share_out(out);
    return PES_OK;
}

void pes_lopt_tasks_release(pes_lopt_tasks *tasks) {
    for (int64_t i = 0; i < tasks->sets; i++) {
        pes_mlp_samples_release(&tasks->set[i]);
    }
    tasks->sets = 0;
}

const pes_lopt_task *pes_lopt_tasks_draw(const pes_lopt_tasks *tasks, const pes_stream *stream,
                                         uint32_t use) {
    const pes_lopt_task *task = tasks->task, *last = tasks->task + tasks->count - 1;
    float place = 0.0f; // in (0, 1)
    if (task < last) {
        pes_noise_uniform(stream, use, 0, 1, &place);
    }
    while (task < last && place >= task->share) {
        task++;
    }
    return task;
}
