// The rules of a checkpoint's content, and its header as text.

#include "record/header.h"

#include <string.h>

#include "base/status.h"
#include "record/json.h"
#include "record/layout.h"

// ---- the rules of pes_checkpoint_content --------------------------------------------

static pes_status check_text(const pes_checkpoint_content *content, int64_t index) {
    const pes_checkpoint_entry *entry = &content->text[index];
    PES_REQUIRE(strcmp(entry->key, "crc32c") != 0, PES_E_ARGUMENT,
                "a checkpoint's text cannot be called crc32c");
    for (int64_t i = 0; i < index; i++) {
        PES_REQUIRE(strcmp(content->text[i].key, entry->key) != 0, PES_E_ARGUMENT,
                    "a checkpoint cannot hold two texts '%s'", entry->key);
    }
    return PES_OK;
}

static pes_status check_tensor(const pes_checkpoint_content *content, int64_t index) {
    const pes_tensor *tensor = &content->tensor[index];
    const int64_t bytes = pes_layout_bytes(tensor);
    PES_REQUIRE(bytes >= 0, PES_E_ARGUMENT, "tensor '%s' has an unknown dtype or shape",
                tensor->name);
    PES_REQUIRE(bytes == tensor->bytes, PES_E_ARGUMENT,
                "tensor '%s' has %lld bytes where its shape needs %lld", tensor->name,
                (long long)tensor->bytes, (long long)bytes);
    PES_REQUIRE(tensor->data != NULL || bytes == 0, PES_E_ARGUMENT, "tensor '%s' has no data",
                tensor->name);
    PES_REQUIRE(strcmp(tensor->name, "__metadata__") != 0, PES_E_ARGUMENT,
                "a tensor cannot be called __metadata__");
    for (int64_t i = 0; i < index; i++) {
        PES_REQUIRE(strcmp(content->tensor[i].name, tensor->name) != 0, PES_E_ARGUMENT,
                    "a checkpoint cannot hold two tensors '%s'", tensor->name);
    }
    return PES_OK;
}

static pes_status check_pick(const pes_checkpoint_content *content) {
    const pes_checkpoint_pick *pick = content->pick;
    if (pick == NULL || pick->tensor < 0) {
        return PES_OK;
    }
    PES_REQUIRE(pick->tensor < content->num_tensors, PES_E_ARGUMENT,
                "a checkpoint has no tensor %lld to pick rows of", (long long)pick->tensor);
    const pes_tensor *tensor = &content->tensor[pick->tensor];
    int64_t kept = 0;
    for (int64_t row = 0; row < pick->rows; row++) {
        kept += pick->omit[row] == 0;
    }
    PES_REQUIRE(tensor->rank == 2 && tensor->shape[0] == kept, PES_E_ARGUMENT,
                "tensor '%s' has not as many rows as are picked, %lld", tensor->name,
                (long long)kept);
    return PES_OK;
}

static pes_status check_content(const pes_checkpoint_content *content) {
    PES_REQUIRE(content->num_texts >= 0 && content->num_texts < PES_LAYOUT_TEXTS,
                PES_E_ARGUMENT, "a checkpoint holds at most %d texts, not %lld",
                PES_LAYOUT_TEXTS - 1, (long long)content->num_texts);
    PES_REQUIRE(content->num_tensors >= 0 && content->num_tensors <= PES_LAYOUT_TENSORS,
                PES_E_ARGUMENT, "a checkpoint holds at most %d tensors, not %lld",
                PES_LAYOUT_TENSORS, (long long)content->num_tensors);
    int64_t total = 0;
    for (int64_t i = 0; i < content->num_texts; i++) {
        PES_TRY(check_text(content, i));
    }
    for (int64_t i = 0; i < content->num_tensors; i++) {
        PES_TRY(check_tensor(content, i));
        PES_REQUIRE(content->tensor[i].bytes <= INT64_MAX / 2 - total, PES_E_ARGUMENT,
                    "the tensors of a checkpoint are too large");
        total += content->tensor[i].bytes;
    }
    return check_pick(content);
}

// ---- the text -----------------------------------------------------------------------

int64_t pes_header_next(const pes_checkpoint_content *content, int64_t previous) {
    int64_t width = previous < 0 ? 8 : pes_layout_width(content->tensor[previous].dtype);
    for (int64_t i = previous + 1; width > 0; width /= 2, i = 0) {
        for (; i < content->num_tensors; i++) {
            if (pes_layout_width(content->tensor[i].dtype) == width) {
                return i;
            }
        }
    }
    return -1;
}

static void put_metadata(pes_json_writer *out, const pes_checkpoint_content *content) {
    pes_json_put_raw(out, "\"__metadata__\":{\"crc32c\":\"00000000\"");
    for (int64_t i = 0; i < content->num_texts; i++) {
        pes_json_put_raw(out, ",");
        pes_json_put_text(out, content->text[i].key);
        pes_json_put_raw(out, ":");
        pes_json_put_text(out, content->text[i].text);
    }
    pes_json_put_raw(out, "}");
}

static void put_tensor(pes_json_writer *out, const pes_tensor *tensor, int64_t offset) {
    pes_json_put_raw(out, ",");
    pes_json_put_text(out, tensor->name);
    pes_json_put_raw(out, ":{\"dtype\":");
    pes_json_put_text(out, tensor->dtype);
    pes_json_put_raw(out, ",\"shape\":[");
    for (int64_t i = 0; i < tensor->rank; i++) {
        pes_json_put_raw(out, i > 0 ? "," : "");
        pes_json_put_int(out, tensor->shape[i]);
    }
    pes_json_put_raw(out, "],\"data_offsets\":[");
    pes_json_put_int(out, offset);
    pes_json_put_raw(out, ",");
    pes_json_put_int(out, offset + tensor->bytes);
    pes_json_put_raw(out, "]}");
}

static void put_spaces(pes_json_writer *out) {
    while (!out->full && out->used % PES_LAYOUT_ALIGNMENT != 0) {
        pes_json_put_raw(out, " ");
    }
}

pes_status pes_header_compose(pes_header *header, const pes_checkpoint_content *content,
                              char *buffer, int64_t capacity) {
    static const char before_digits[] = "{\"__metadata__\":{\"crc32c\":\"";
    PES_TRY(check_content(content));

    pes_json_writer out = {.text = buffer, .capacity = (size_t)capacity};
    pes_json_put(&out, "\0\0\0\0\0\0\0\0", PES_LAYOUT_PREFIX);
    pes_json_put_raw(&out, "{");
    put_metadata(&out, content);
    int64_t offset = 0;
    for (int64_t i = pes_header_next(content, -1); i >= 0; i = pes_header_next(content, i)) {
        put_tensor(&out, &content->tensor[i], offset);
        offset += content->tensor[i].bytes;
    }
    pes_json_put_raw(&out, "}");
    put_spaces(&out);
    PES_REQUIRE(!out.full && out.used <= PES_LAYOUT_HEADER, PES_E_ARGUMENT,
                "the texts and tensor names of a checkpoint take more than %lld bytes",
                (long long)capacity);
    PES_REQUIRE(!out.bad_text, PES_E_ARGUMENT,
                "a text or tensor name of a checkpoint is not UTF-8");

    for (int i = 0; i < PES_LAYOUT_PREFIX; i++) {
        buffer[i] = (char)((uint64_t)(out.used - PES_LAYOUT_PREFIX) >> (8 * i) & 255u);
    }
    header->text = buffer;
    header->bytes = (int64_t)out.used;
    header->crc_at = PES_LAYOUT_PREFIX + (int64_t)sizeof before_digits - 1;
    header->data_bytes = offset;
    return PES_OK;
}
