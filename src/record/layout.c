#include "record/layout.h"

#include <string.h>

#include "base/status.h"
#include "record/json.h"

enum { MAX_RANK = (int)(sizeof((pes_tensor *)0)->shape / sizeof(int64_t)) };

static const struct {
    const char *name;
    int64_t width; // bytes
} dtypes[] = {
    {"F64", 8}, {"I64", 8}, {"U64", 8}, {"F32", 4}, {"I32", 4},  {"U32", 4},
    {"F16", 2}, {"I16", 2}, {"U16", 2}, {"I8", 1},  {"BOOL", 1}, {"U8", 1},
};

int64_t pes_layout_width(const char *dtype) {
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(dtypes[i].name, dtype) == 0) {
            return dtypes[i].width;
        }
    }
    return 0;
}

int64_t pes_layout_bytes(const pes_tensor *tensor) {
    int64_t bytes = pes_layout_width(tensor->dtype);
    if (bytes == 0 || tensor->rank < 0 || tensor->rank > MAX_RANK) {
        return -1;
    }
    for (int64_t i = 0; i < tensor->rank; i++) {
        const int64_t extent = tensor->shape[i];
        if (extent < 0 || (extent > 0 && bytes > INT64_MAX / extent)) {
            return -1;
        }
        bytes *= extent;
    }
    return bytes;
}

// ---- reading ------------------------------------------------------------------------

static pes_status malformed(const pes_json_reader *in, const char *expected) {
    return pes_fail(PES_E_FORMAT, "its header has no %s at byte %lld", expected,
                    (long long)in->at);
}

// Between the entries of an object or list: true if another one follows, false after the last.
static bool another(pes_json_reader *in, char close, bool first, bool *failed) {
    if (pes_json_take(in, close)) {
        return false;
    }
    *failed = !first && !pes_json_take(in, ',');
    return !*failed;
}

static pes_status read_text(pes_layout *layout, pes_json_reader *in) {
    const char *key = pes_json_take_text(in);
    if (key == NULL || !pes_json_take(in, ':')) {
        return malformed(in, "key and colon");
    }
    PES_REQUIRE(layout->num_texts < PES_LAYOUT_TEXTS, PES_E_FORMAT,
                "its header has more than %d texts", PES_LAYOUT_TEXTS);
    for (int64_t i = 0; i < layout->num_texts; i++) {
        PES_REQUIRE(strcmp(layout->key[i], key) != 0, PES_E_FORMAT,
                    "its header has the text '%.64s' twice", key);
    }
    const char *text = pes_json_take_text(in);
    if (text == NULL) {
        return malformed(in, "text");
    }
    if (strcmp(key, "crc32c") == 0) {
        layout->crc_at = text - in->text;
        // as many bytes in the file as characters: no escapes
        PES_REQUIRE(strlen(text) == PES_LAYOUT_DIGITS &&
                        (int64_t)in->at == layout->crc_at + PES_LAYOUT_DIGITS + 1,
                    PES_E_FORMAT, "its crc32c is not %d hexadecimal digits", PES_LAYOUT_DIGITS);
        memcpy(layout->crc, text, PES_LAYOUT_DIGITS);
    }
    layout->key[layout->num_texts] = key;
    layout->text[layout->num_texts] = text;
    layout->num_texts++;
    return PES_OK;
}

static pes_status read_metadata(pes_layout *layout, pes_json_reader *in) {
    PES_REQUIRE(!layout->has_metadata, PES_E_FORMAT, "its header has __metadata__ twice");
    layout->has_metadata = true;
    if (!pes_json_take(in, '{')) {
        return malformed(in, "opening brace");
    }
    bool failed = false;
    for (bool first = true; another(in, '}', first, &failed); first = false) {
        PES_TRY(read_text(layout, in));
    }
    return failed ? malformed(in, "comma or brace") : PES_OK;
}

static pes_status read_dtype(pes_tensor *tensor, int64_t offsets[2], pes_json_reader *in) {
    (void)offsets;
    tensor->dtype = pes_json_take_text(in);
    if (tensor->dtype == NULL) {
        return malformed(in, "dtype");
    }
    PES_REQUIRE(pes_layout_width(tensor->dtype) != 0, PES_E_FORMAT,
                "its tensor '%.64s' has the unknown dtype '%.16s'", tensor->name,
                tensor->dtype);
    return PES_OK;
}

// A list of at most `capacity` integers.
static pes_status read_list(pes_json_reader *in, int64_t *value, int64_t capacity,
                            int64_t *count) {
    if (!pes_json_take(in, '[')) {
        return malformed(in, "opening bracket");
    }
    *count = 0;
    bool failed = false;
    for (bool first = true; another(in, ']', first, &failed); first = false) {
        PES_REQUIRE(*count < capacity, PES_E_FORMAT, "its header has a list of more than %lld",
                    (long long)capacity);
        if (!pes_json_take_int(in, &value[*count])) {
            return malformed(in, "integer from 0 to 2^63 - 1");
        }
        ++*count;
    }
    return failed ? malformed(in, "comma or bracket") : PES_OK;
}

static pes_status read_shape(pes_tensor *tensor, int64_t offsets[2], pes_json_reader *in) {
    (void)offsets;
    return read_list(in, tensor->shape, MAX_RANK, &tensor->rank);
}

static pes_status read_offsets(pes_tensor *tensor, int64_t offsets[2], pes_json_reader *in) {
    int64_t count;
    PES_TRY(read_list(in, offsets, 2, &count));
    PES_REQUIRE(count == 2, PES_E_FORMAT, "its tensor '%.64s' has %lld offsets, not 2",
                tensor->name, (long long)count);
    return PES_OK;
}

static const struct {
    const char *key;
    pes_status (*read)(pes_tensor *tensor, int64_t offsets[2], pes_json_reader *in);
} properties[] = {
    {"dtype", read_dtype},
    {"shape", read_shape},
    {"data_offsets", read_offsets},
};
enum { NUM_PROPERTIES = sizeof properties / sizeof *properties };

static pes_status read_property(pes_tensor *tensor, int64_t offsets[2], unsigned *seen,
                                pes_json_reader *in) {
    const char *key = pes_json_take_text(in);
    if (key == NULL || !pes_json_take(in, ':')) {
        return malformed(in, "key and colon");
    }
    for (unsigned i = 0; i < NUM_PROPERTIES; i++) {
        if (strcmp(properties[i].key, key) == 0) {
            PES_REQUIRE((*seen >> i & 1u) == 0, PES_E_FORMAT, "its tensor '%.64s' has %s twice",
                        tensor->name, key);
            *seen |= 1u << i;
            return properties[i].read(tensor, offsets, in);
        }
    }
    return pes_fail(PES_E_FORMAT, "its tensor '%.64s' has the unknown property '%.64s'",
                    tensor->name, key);
}

// Everything about one tensor that does not depend on the others.
static pes_status check_tensor(const pes_tensor *tensor, const int64_t offsets[2],
                               int64_t data_bytes) {
    const int64_t bytes = pes_layout_bytes(tensor);
    PES_REQUIRE(bytes >= 0, PES_E_FORMAT, "its tensor '%.64s' has an impossible shape",
                tensor->name);
    PES_REQUIRE(offsets[0] <= offsets[1] && offsets[1] <= data_bytes, PES_E_FORMAT,
                "its tensor '%.64s' spans bytes %lld to %lld of %lld", tensor->name,
                (long long)offsets[0], (long long)offsets[1], (long long)data_bytes);
    PES_REQUIRE(offsets[1] - offsets[0] == bytes, PES_E_FORMAT,
                "its tensor '%.64s' has %lld bytes where its shape needs %lld", tensor->name,
                (long long)(offsets[1] - offsets[0]), (long long)bytes);
    PES_REQUIRE(offsets[0] % pes_layout_width(tensor->dtype) == 0, PES_E_FORMAT,
                "its tensor '%.64s' is not aligned", tensor->name);
    return PES_OK;
}

static pes_status read_tensor(pes_layout *layout, const char *name, int64_t data_bytes,
                              pes_json_reader *in) {
    PES_REQUIRE(layout->num_tensors < PES_LAYOUT_TENSORS, PES_E_FORMAT,
                "its header has more than %d tensors", PES_LAYOUT_TENSORS);
    for (int64_t i = 0; i < layout->num_tensors; i++) {
        PES_REQUIRE(strcmp(layout->tensor[i].name, name) != 0, PES_E_FORMAT,
                    "its header has the tensor '%.64s' twice", name);
    }
    if (!pes_json_take(in, '{')) {
        return malformed(in, "opening brace");
    }
    pes_tensor tensor = {.name = name};
    int64_t offsets[2] = {0, 0};
    unsigned seen = 0;
    bool failed = false;
    for (bool first = true; another(in, '}', first, &failed); first = false) {
        PES_TRY(read_property(&tensor, offsets, &seen, in));
    }
    if (failed) {
        return malformed(in, "comma or brace");
    }
    PES_REQUIRE(seen == (1u << NUM_PROPERTIES) - 1, PES_E_FORMAT,
                "its tensor '%.64s' lacks dtype, shape or data_offsets", name);
    PES_TRY(check_tensor(&tensor, offsets, data_bytes));
    tensor.bytes = offsets[1] - offsets[0];
    layout->offset[layout->num_tensors] = offsets[0];
    layout->tensor[layout->num_tensors] = tensor;
    layout->num_tensors++;
    return PES_OK;
}

// The tensors follow each other and fill the data: no overlap, no gap, nothing hidden.
static pes_status check_order(const pes_layout *layout, int64_t data_bytes) {
    int64_t end = 0;
    for (int64_t i = 0; i < layout->num_tensors; i++) {
        PES_REQUIRE(
            layout->offset[i] == end, PES_E_FORMAT,
            "its tensor '%.64s' begins at byte %lld, not where the one before ends, %lld",
            layout->tensor[i].name, (long long)layout->offset[i], (long long)end);
        end += layout->tensor[i].bytes;
    }
    PES_REQUIRE(end == data_bytes, PES_E_FORMAT,
                "its tensors take %lld bytes, but %lld follow its header", (long long)end,
                (long long)data_bytes);
    return PES_OK;
}

pes_status pes_layout_read(pes_layout *layout, char *header, int64_t header_bytes,
                           int64_t data_bytes) {
    pes_json_reader in = {.text = header, .size = (size_t)header_bytes};
    layout->num_tensors = 0;
    layout->num_texts = 0;
    layout->has_metadata = false;
    memset(layout->crc, 0, sizeof layout->crc);
    if (!pes_json_take(&in, '{')) {
        return malformed(&in, "opening brace");
    }
    bool failed = false;
    for (bool first = true; another(&in, '}', first, &failed); first = false) {
        const char *name = pes_json_take_text(&in);
        if (name == NULL || !pes_json_take(&in, ':')) {
            return malformed(&in, "name and colon");
        }
        PES_TRY(strcmp(name, "__metadata__") == 0 ? read_metadata(layout, &in)
                                                  : read_tensor(layout, name, data_bytes, &in));
    }
    if (failed || !pes_json_at_end(&in)) {
        return malformed(&in, "comma or end");
    }
    PES_REQUIRE(layout->crc[0] != '\0', PES_E_FORMAT, "its metadata has no crc32c");
    return check_order(layout, data_bytes);
}
