#include "problems/lopt/task_row.h"

#include "problems/data/datasets.h"
#include "problems/nn/mlp/activation.h"

pes_lopt_task_row pes_lopt_task_row_default(void) {
    return (pes_lopt_task_row){
        .dataset = "digits",
        .hidden = {.count = 1, .value = {8}},
        .activation = "relu",
        .batch_size = 32,
    };
}

static void set_default(void *row) {
    *(pes_lopt_task_row *)row = pes_lopt_task_row_default();
}

// The image sets, which are the first rows of their table.
const char *pes_lopt_dataset_name(int64_t index) {
    const pes_dataset *row = pes_dataset_row(index);
    return row != NULL && row->kind == PES_DATASET_IMAGES ? row->info.name : NULL;
}

const char *pes_lopt_activation_name(int64_t index) {
    const pes_mlp_activation *row = pes_mlp_activation_get(index);
    return row != NULL ? row->name : NULL;
}

#define OF pes_lopt_task_row
static const pes_field fields[] = {
    PES_PROBLEM_REAL(OF, weight, 0.0, 1e6, "",
                     "its share of the episodes, relative to the other tables'; every table "
                     "of a mixture needs one above 0"),
    PES_LOPT_TASK_FIELDS(OF),
};
#undef OF

const pes_field_table pes_lopt_task_row_fields = {
    .name = "problem.task",
    .field = fields,
    .count = (int64_t)(sizeof fields / sizeof *fields),
    .struct_size = sizeof(pes_lopt_task_row),
    .set_default = set_default,
};
