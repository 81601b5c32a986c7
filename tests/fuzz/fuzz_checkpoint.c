// The checkpoint reader's judgement of a header, on whatever bytes: it never reads outside
// them, and the tensors of a header that it takes fill the data exactly.
//
//     clang -fsanitize=fuzzer,address,undefined      (make check-fuzz)

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fine, const char *what) {
    if (!fine) {
        fprintf(stderr, "not true: %s\n", what);
        abort();
    }
}

static void check_taken(const pes_layout *layout, int64_t header_bytes, int64_t data_bytes) {
    int64_t end = 0;
    for (int64_t i = 0; i < layout->num_tensors; i++) {
        const pes_tensor *tensor = &layout->tensor[i];
        require(layout->offset[i] == end, "tensors follow each other");
        require(tensor->bytes >= 0 && tensor->bytes <= data_bytes - end, "and stay inside");
        require(pes_layout_bytes(tensor) == tensor->bytes, "with the size of their shape");
        end += tensor->bytes;
    }
    require(end == data_bytes, "the data is filled");
    require(layout->crc_at >= 0 && layout->crc_at + PES_LAYOUT_DIGITS <= header_bytes,
            "the CRC's digits are in the header");
    for (int64_t i = 0; i < layout->num_texts; i++) {
        require(strlen(layout->key[i]) + strlen(layout->text[i]) < (size_t)header_bytes,
                "texts end in the header");
    }
}

// The first two bytes are the length of the data; the header is the rest, in memory of exactly
// its size, so that the sanitizer sees every byte too far.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pes_layout layout;
    if (size < 2) {
        return 0;
    }
    const int64_t data_bytes = data[0] | data[1] << 8;
    const int64_t header_bytes = (int64_t)size - 2;
    char *header = malloc((size_t)header_bytes + (header_bytes == 0));
    if (header == NULL) {
        return 0;
    }
    memcpy(header, data + 2, (size_t)header_bytes);
    if (pes_layout_read(&layout, header, header_bytes, data_bytes) == PES_OK) {
        check_taken(&layout, header_bytes, data_bytes);
    }
    free(header);
    return 0;
}
