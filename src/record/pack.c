// A whole file of texts and tensors in memory, in the layout of a checkpoint.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "record/checkpoints.h"
#include "record/header.h"
#include "record/layout.h"

// As much as the header may take: what JSON makes of a byte, at most, and what stands around
// texts and tensors.
static int64_t header_room(const pes_checkpoint_content *content) {
    enum { ESCAPED = 6, AROUND = 256 };
    int64_t room = AROUND;
    for (int64_t i = 0; i < content->num_texts; i++) {
        room +=
            ESCAPED * (int64_t)(strlen(content->text[i].key) + strlen(content->text[i].text)) +
            AROUND;
    }
    for (int64_t i = 0; i < content->num_tensors; i++) {
        room += ESCAPED * (int64_t)strlen(content->tensor[i].name) + AROUND;
    }
    return room + PES_LAYOUT_ALIGNMENT;
}

static pes_status pack(const pes_checkpoint_content *content, char *header_text, int64_t room,
                       unsigned char **out, int64_t *bytes) {
    pes_header header;
    PES_TRY(pes_header_compose(&header, content, header_text, room));
    unsigned char *file = malloc((size_t)(header.bytes + header.data_bytes));
    PES_REQUIRE(file != NULL, PES_E_MEMORY, "no memory for a file of %lld bytes",
                (long long)(header.bytes + header.data_bytes));
    memcpy(file, header.text, (size_t)header.bytes);
    int64_t at = header.bytes;
    for (int64_t i = pes_header_next(content, -1); i >= 0; i = pes_header_next(content, i)) {
        const pes_tensor *tensor = &content->tensor[i];
        if (tensor->bytes > 0) {
            memcpy(file + at, tensor->data, (size_t)tensor->bytes);
        }
        at += tensor->bytes;
    }
    char digits[PES_LAYOUT_DIGITS + 1];
    snprintf(digits, sizeof digits, "%08" PRIx32, pes_crc32c(0, file, (size_t)at));
    memcpy(file + header.crc_at, digits, PES_LAYOUT_DIGITS);
    *out = file;
    *bytes = at;
    return PES_OK;
}

pes_status pes_checkpoint_pack(void **out, int64_t *bytes, int64_t num_texts,
                               const pes_text *text, int64_t num_tensors,
                               const pes_tensor *tensor) {
    *out = NULL;
    const pes_checkpoint_content content = {
        .text = text, .num_texts = num_texts, .tensor = tensor, .num_tensors = num_tensors};
    PES_REQUIRE(num_texts >= 0 && num_tensors >= 0, PES_E_ARGUMENT,
                "a file cannot hold %lld texts and %lld tensors", (long long)num_texts,
                (long long)num_tensors);
    const int64_t room = header_room(&content);
    char *header_text = malloc((size_t)room);
    PES_REQUIRE(header_text != NULL, PES_E_MEMORY, "no memory for a header of %lld bytes",
                (long long)room);
    unsigned char *file = NULL;
    const pes_status status = pack(&content, header_text, room, &file, bytes);
    free(header_text);
    *out = file;
    return status;
}
