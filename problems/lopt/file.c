#include "problems/lopt/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pes/checkpoint.h"
#include "problems/problem.h"

static const char format[] = "pes learned optimizer 1";

// "32 32"
enum { WIDTHS_TEXT = 8 * PES_LIST_SIZE };
static void print_widths(const pes_int_list *hidden, char out[WIDTHS_TEXT]) {
    int used = 0;
    out[0] = '\0';
    for (int64_t i = 0; i < hidden->count; i++) {
        used += snprintf(out + used, (size_t)(WIDTHS_TEXT - used), "%s%lld", i > 0 ? " " : "",
                         (long long)hidden->value[i]);
    }
}

// ---- writing --------------------------------------------------------------------------------

typedef struct listing {
    pes_lopt_block block[PES_LOPT_BLOCKS];
    pes_tensor tensor[PES_LOPT_BLOCKS];
    int64_t count;
} listing;

static void list_tensors(const pes_lopt_shape *shape, const float *theta, listing *out) {
    out->count = 0;
    while (pes_lopt_block_of(shape, out->count, &out->block[out->count])) {
        const pes_lopt_block *block = &out->block[out->count];
        out->tensor[out->count++] = (pes_tensor){
            .name = block->name,
            .dtype = "F32",
            .rank = block->rank,
            .shape = {block->shape[0], block->shape[1]},
            .data = theta + block->offset,
            .bytes = block->count * (int64_t)sizeof *theta,
        };
    }
}

pes_status pes_lopt_file_pack(const pes_lopt_shape *shape, const float *theta, const char *what,
                              void **out, int64_t *bytes) {
    char widths[WIDTHS_TEXT];
    print_widths(&shape->hidden, widths);
    const pes_text text[] = {
        {"format", format},
        {"architecture", shape->rule->name},
        {"hidden", widths},
        {"what", what},
    };
    *out = NULL;
    listing *list = malloc(sizeof *list);
    PES_PROBLEM_REQUIRE(list != NULL, PES_E_MEMORY, "no memory for a list of tensors");
    list_tensors(shape, theta, list);
    const pes_status status = pes_checkpoint_pack(
        out, bytes, (int64_t)(sizeof text / sizeof *text), text, list->count, list->tensor);
    free(list);
    return status;
}

// ---- reading --------------------------------------------------------------------------------

// What print_widths() writes, and nothing else.
static bool parse_widths(const char *text, pes_int_list *out) {
    *out = (pes_int_list){0};
    while (*text != '\0') {
        int64_t width = 0;
        if (out->count == PES_LIST_SIZE || *text < '1' || *text > '9') {
            return false;
        }
        for (; *text >= '0' && *text <= '9' && width < 100000; text++) {
            width = 10 * width + (*text - '0');
        }
        out->value[out->count++] = width;
        if (*text == ' ' && text[1] != '\0') {
            text++;
        } else if (*text != '\0') {
            return false;
        }
    }
    return true;
}

static pes_status read_shape(const pes_checkpoint *file, pes_lopt_shape *out) {
    const char *said = pes_checkpoint_text(file, "format");
    const char *name = pes_checkpoint_text(file, "architecture");
    const char *widths = pes_checkpoint_text(file, "hidden");
    pes_int_list hidden;
    PES_PROBLEM_REQUIRE(said != NULL && name != NULL && widths != NULL, PES_E_FORMAT,
                        "it holds no learned optimizer: its metadata lacks %s",
                        said == NULL   ? "'format'"
                        : name == NULL ? "'architecture'"
                                       : "'hidden'");
    PES_PROBLEM_REQUIRE(strcmp(said, format) == 0, PES_E_FORMAT,
                        "its format is '%.64s', but '%s' is what can be read", said, format);
    PES_PROBLEM_REQUIRE(parse_widths(widths, &hidden), PES_E_FORMAT,
                        "its hidden layers are '%.64s', which is no list of widths", widths);
    const pes_lopt_rule *rule = pes_lopt_rule_find(name);
    const bool has_network = rule != NULL && rule->default_hidden.count > 0;
    PES_PROBLEM_REQUIRE(!has_network || hidden.count > 0, PES_E_FORMAT,
                        "its network %s has no hidden layers", name);
    const pes_status status = pes_lopt_shape_of(out, name, &hidden, 1.0);
    return status == PES_OK ? PES_OK : pes_fail(PES_E_FORMAT, "%s", pes_last_error());
}

static pes_status read_block(const pes_checkpoint *file, const pes_lopt_block *block,
                             float *theta) {
    pes_tensor tensor;
    PES_PROBLEM_REQUIRE(pes_checkpoint_find(file, block->name, &tensor) == PES_OK, PES_E_FORMAT,
                        "its tensor '%s' is missing", block->name);
    PES_PROBLEM_REQUIRE(strcmp(tensor.dtype, "F32") == 0, PES_E_FORMAT,
                        "its tensor '%s' is of type %s; F32 is what can be read", block->name,
                        tensor.dtype);
    bool same = tensor.rank == block->rank;
    for (int64_t i = 0; same && i < block->rank; i++) {
        same = tensor.shape[i] == block->shape[i];
    }
    PES_PROBLEM_REQUIRE(same, PES_E_FORMAT,
                        "its tensor '%s' has another shape than the architecture's, %lld x "
                        "%lld",
                        block->name, (long long)block->shape[0],
                        (long long)(block->rank > 1 ? block->shape[1] : 1));
    memcpy(theta + block->offset, tensor.data, (size_t)block->count * sizeof *theta);
    const int64_t wild = pes_lopt_not_finite(block->count, theta + block->offset);
    PES_PROBLEM_REQUIRE(wild < 0, PES_E_FORMAT,
                        "number %lld of its tensor '%s' is not finite: the run that it comes "
                        "from has diverged; export another point of it",
                        (long long)wild, block->name);
    return PES_OK;
}

// The architecture's tensors, and no others: a file with more of them is another network's.
static pes_status read_theta(const pes_checkpoint *file, const pes_lopt_shape *shape,
                             float *theta) {
    pes_lopt_block block;
    pes_tensor other;
    int64_t count = 0;
    for (; pes_lopt_block_of(shape, count, &block); count++) {
        PES_PROBLEM_TRY(read_block(file, &block, theta));
    }
    PES_PROBLEM_REQUIRE(pes_checkpoint_tensor(file, count, &other) != PES_OK, PES_E_FORMAT,
                        "it has more tensors than the %lld of the architecture %s",
                        (long long)count, shape->rule->name);
    return PES_OK;
}

static pes_status read_file(const pes_checkpoint *file, pes_lopt_shape *shape, float **theta) {
    PES_PROBLEM_TRY(read_shape(file, shape));
    *theta = malloc((size_t)pes_lopt_num_params(shape) * sizeof **theta);
    PES_PROBLEM_REQUIRE(*theta != NULL, PES_E_MEMORY, "no memory for its %lld parameters",
                        (long long)pes_lopt_num_params(shape));
    const pes_status status = read_theta(file, shape, *theta);
    if (status != PES_OK) {
        free(*theta);
        *theta = NULL;
    }
    return status;
}

pes_status pes_lopt_file_read(const char *path, pes_lopt_shape *shape, float **theta) {
    *theta = NULL;
    pes_checkpoint *file;
    PES_PROBLEM_TRY(pes_checkpoint_open(&file, path));
    const pes_status status = read_file(file, shape, theta);
    pes_checkpoint_close(file);
    return status == PES_OK ? PES_OK
                            : pes_fail(status, "%s cannot be used: %s", path, pes_last_error());
}
