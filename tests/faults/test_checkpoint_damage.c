// A checkpoint that is damaged, cut short or made to deceive is refused with a reason.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "pes/checkpoint.h"
#include "support/scratch.h"
#include "support/small_checkpoint.h"

static const char *small_path(const scratch *folder) {
    return scratch_path(folder, "checkpoint-000000000012.safetensors");
}

static void any_changed_byte_is_noticed(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    write_small(folder.path, 12);
    size_t bytes;
    unsigned char *file = scratch_read(small_path(&folder), &bytes);
    const char *path = scratch_path(&folder, "damaged");
    for (size_t i = 0; i < bytes; i++) {
        for (int bit = 0; bit < 8; bit++) {
            file[i] ^= (unsigned char)(1u << bit);
            scratch_write(path, file, bytes);
            file[i] ^= (unsigned char)(1u << bit);
            pes_checkpoint *read;
            CHECK_FAILS(PES_E_FORMAT, "damaged cannot be used: it",
                        pes_checkpoint_open(&read, path));
            assert_null(read);
        }
    }
    scratch_write(path, file, bytes);
    pes_checkpoint *read;
    CHECK_OK(pes_checkpoint_open(&read, path)); // unharmed, it is fine
    pes_checkpoint_close(read);
    free(file);
    scratch_close(&folder);
}

static void any_other_length_is_noticed(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    write_small(folder.path, 12);
    size_t bytes;
    unsigned char *file = scratch_read(small_path(&folder), &bytes);
    const char *path = scratch_path(&folder, "damaged");
    pes_checkpoint *read;
    for (size_t length = 0; length < bytes; length++) {
        scratch_write(path, file, length);
        CHECK_FAILS(PES_E_FORMAT, "damaged cannot be used: it",
                    pes_checkpoint_open(&read, path));
    }
    scratch_write(path, file, bytes + 1);
    CHECK_FAILS(PES_E_FORMAT, "follow its header", pes_checkpoint_open(&read, path));
    free(file);
    scratch_close(&folder);
}

// ---- headers that lie, with a CRC that is right -------------------------------------

enum { DATA = 64, SPACE = 1 << 20 };

// The header, padded, and DATA zeros. A header with "crc32c":"00000000" gets the right digits.
static size_t compose(const char *header, unsigned char *file) {
    const size_t length = strlen(header), padded = (8 + length + 63) / 64 * 64 - 8;
    memset(file, 0, 8);
    for (int i = 0; i < 4; i++) {
        file[i] = (unsigned char)(padded >> (8 * i));
    }
    memset(file + 8, ' ', padded);
    memcpy(file + 8, header, length);
    memset(file + 8 + padded, 0, DATA);
    const size_t bytes = 8 + padded + DATA;
    const char *digits = strstr(header, "\"crc32c\":\"00000000\"");
    if (digits != NULL) {
        char text[16];
        snprintf(text, sizeof text, "%08" PRIx32, pes_crc32c_portable(0, file, bytes));
        memcpy(file + 8 + (digits - header) + 10, text, 8);
    }
    return bytes;
}

static pes_status open_header(const char *header) {
    unsigned char *file = malloc(SPACE);
    scratch folder;
    scratch_open(&folder);
    const char *path = scratch_path(&folder, "hostile");
    scratch_write(path, file, compose(header, file));
    pes_checkpoint *read;
    const pes_status status = pes_checkpoint_open(&read, path);
    pes_checkpoint_close(read);
    scratch_close(&folder);
    free(file);
    return status;
}

#define META "\"__metadata__\":{\"crc32c\":\"00000000\"}"
#define TENSOR(dtype, shape, offsets)                                                          \
    "{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define GOOD TENSOR("\"U8\"", "[64]", "[0,64]")

static void honest_headers_are_read(void **state) {
    (void)state;
    CHECK_OK(open_header("{" META ",\"a\":" GOOD "}"));
    CHECK_OK(open_header(" { \"a\" : " GOOD " ,\n\t\r" META " } "));
    CHECK_OK(open_header("{" META ",\"a\":" TENSOR("\"F64\"", "[ 2 , 4 ]", "[ 0, 64 ]") "}"));
    CHECK_OK(open_header("{" META ",\"\\u00e9\\ud83d\\ude00\\n\":" GOOD "}"));
}

typedef struct lie {
    const char *header;
    const char *words; // of the reason
} lie;

static const lie lies[] = {
    // not JSON, or not this JSON
    {"", "no opening brace"},
    {"[]", "no opening brace"},
    {"null", "no opening brace"},
    {"{", "name and colon"},
    {"{}", "no crc32c"},
    {"{" META ",\"a\":" GOOD, "comma or end"},
    {"{" META ",\"a\":" GOOD "}}", "comma or end"},
    {"{" META ",\"a\":" GOOD ",}", "name and colon"},
    {"{,\"a\":" GOOD "}", "name and colon"},
    {"{" META " \"a\":" GOOD "}", "comma or end"},
    {"{a:" GOOD "}", "name and colon"},
    {"{\"a\" " GOOD "}", "name and colon"},
    {"{\"a\":[" GOOD "]}", "opening brace"},
    {"{\"a\":[[[[[[[[[[[[[[[[[[[[", "opening brace"},
    {"{\"a\":{\"dtype\":{\"dtype\":{", "no dtype"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[[[[[[", "integer from 0"},
    // texts
    {"{\"\xff\":" GOOD "}", "name and colon"},
    {"{\"\xc0\xaf\":" GOOD "}", "name and colon"},
    {"{\"\xed\xa0\x80\":" GOOD "}", "name and colon"},
    {"{\"\\u0000\":" GOOD "}", "name and colon"},
    {"{\"\\ud83d\":" GOOD "}", "name and colon"},
    {"{\"\\ude00\":" GOOD "}", "name and colon"},
    {"{\"\\ud83d\\u0041\":" GOOD "}", "name and colon"},
    {"{\"\\u12g4\":" GOOD "}", "name and colon"},
    {"{\"\\x\":" GOOD "}", "name and colon"},
    {"{\"a\nb\":" GOOD "}", "name and colon"},
    {"{\"a", "name and colon"},
    {"{\"a\\", "name and colon"},
    // metadata
    {"{\"__metadata__\":{},\"a\":" GOOD "}", "no crc32c"},
    {"{" META "," META ",\"a\":" GOOD "}", "__metadata__ twice"},
    {"{\"__metadata__\":{}," META ",\"a\":" GOOD "}", "__metadata__ twice"}, // seen to fail
    {"{\"__metadata__\":{\"crc32c\":\"00000000\",\"crc32c\":\"00000000\"},\"a\":" GOOD "}",
     "'crc32c' twice"},
    {"{\"__metadata__\":{\"crc32c\":\"0000000\"},\"a\":" GOOD "}", "8 hexadecimal digits"},
    {"{\"__metadata__\":{\"crc32c\":\"\\u00300000000\"},\"a\":" GOOD "}",
     "8 hexadecimal digits"},
    {"{\"__metadata__\":{\"crc32c\":\"DEADBEEF\"},\"a\":" GOOD "}", "it is damaged"},
    {"{\"__metadata__\":{\"crc32c\":7},\"a\":" GOOD "}", "no text"},
    {"{\"__metadata__\":[],\"a\":" GOOD "}", "opening brace"},
    {"{\"__metadata__\":{\"crc32c\":\"00000000\",\"k\":{}},\"a\":" GOOD "}", "no text"},
    // properties
    {"{" META ",\"a\":{}}", "lacks dtype"},
    {"{" META ",\"a\":{\"dtype\":\"U8\",\"shape\":[64]}}", "lacks dtype"},
    {"{" META ",\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", "dtype twice"},
    {"{" META ",\"a\":{\"color\":\"U8\"}}", "unknown property 'color'"},
    {"{" META ",\"a\":" GOOD ",\"a\":" TENSOR("\"U8\"", "[0]", "[64,64]") "}", "'a' twice"},
    {"{" META ",\"a\":" TENSOR("\"F8\"", "[64]", "[0,64]") "}", "unknown dtype 'F8'"},
    {"{" META ",\"a\":" TENSOR("8", "[64]", "[0,64]") "}", "no dtype"},
    // numbers
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[-64]", "[0,64]") "}", "integer from 0"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[64.0]", "[0,64]") "}", "comma or bracket"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[6e1]", "[0,64]") "}", "comma or bracket"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[064]", "[0,64]") "}", "integer from 0"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[9223372036854775808]", "[0,64]") "}",
     "integer from 0"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[1,1,1,1,64]", "[0,64]") "}", "more than 4"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[64]", "[0,64,64]") "}", "more than 2"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[64]", "[64]") "}", "1 offsets, not 2"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "64", "[0,64]") "}", "opening bracket"},
    // sizes
    {"{" META ",\"a\":" TENSOR("\"F64\"", "[4294967296,4294967296]", "[0,0]") "}",
     "impossible shape"},
    {"{" META ",\"a\":" TENSOR("\"F64\"", "[9223372036854775807]", "[0,64]") "}",
     "impossible shape"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[65]", "[0,65]") "}", "spans bytes 0 to 65 of 64"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[64]", "[64,0]") "}", "spans bytes 64 to 0"},
    {"{" META
     ",\"a\":" TENSOR("\"U8\"", "[64]", "[9223372036854775807,9223372036854775807]") "}",
     "spans bytes"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[63]", "[0,64]") "}", "64 bytes where its shape"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[63]", "[0,63]") "}", "take 63 bytes, but 64"},
    {"{" META "}", "take 0 bytes, but 64"},
    {"{" META ",\"a\":" GOOD ",\"b\":" GOOD "}", "not where the one before ends"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[32]", "[0,32]") ",\"b\":" TENSOR("\"U8\"", "[33]",
                                                                            "[31,64]") "}",
     "begins at byte 31"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[31]", "[0,31]") ",\"b\":" TENSOR("\"U8\"", "[32]",
                                                                            "[32,64]") "}",
     "begins at byte 32"},
    {"{" META ",\"a\":" TENSOR("\"U8\"", "[4]", "[0,4]") ",\"b\":" TENSOR("\"F64\"", "[7]",
                                                                          "[4,60]") "}",
     "not aligned"},
};

static void lies_are_seen_through(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        const pes_status status = open_header(lies[i].header);
        if (status != PES_E_FORMAT || strstr(pes_last_error(), lies[i].words) == NULL) {
            fail_msg("%s: %s", lies[i].header, status == PES_OK ? "taken" : pes_last_error());
        }
    }
}

static void too_much_of_anything_is_refused(void **state) {
    (void)state;
    char *header = malloc(SPACE);
    assert_non_null(header);
    size_t used = (size_t)sprintf(header, "{" META ",\"a\":" GOOD);
    for (int i = 0; i < 1024; i++) {
        used +=
            (size_t)sprintf(header + used, ",\"%d\":%s", i, TENSOR("\"U8\"", "[0]", "[64,64]"));
    }
    strcpy(header + used, "}");
    CHECK_FAILS(PES_E_FORMAT, "more than 1024 tensors", open_header(header));

    used = (size_t)sprintf(header, "{\"__metadata__\":{\"crc32c\":\"00000000\"");
    for (int i = 0; i < 1024; i++) {
        used += (size_t)sprintf(header + used, ",\"%d\":\"\"", i);
    }
    strcpy(header + used, "}}");
    CHECK_FAILS(PES_E_FORMAT, "more than 1024 texts", open_header(header));
    memset(header, '{', SPACE / 2);
    header[SPACE / 2] = '\0';
    CHECK_FAILS(PES_E_FORMAT, "name and colon", open_header(header));
    free(header);
}

static void header_lengths_are_not_believed(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    const char *path = scratch_path(&folder, "hostile");
    static const struct {
        unsigned char length[8];
        const char *words;
    } cases[] = {
        {{255, 255, 255, 255, 255, 255, 255, 255}, "claims 18446744073709551615 bytes"},
        {{0, 0, 0, 0, 0, 0, 0, 128}, "claims 9223372036854775808 bytes"},
        {{1, 0, 0, 1}, "at most 16777216"},
        {{0, 0, 0, 1}, "but the file has 128"},
        {{121}, "but the file has 128"},
        {{57}, "multiple of 64"},
        {{0}, "multiple of 64"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char file[128] = {0};
        memcpy(file, cases[i].length, 8);
        scratch_write(path, file, sizeof file);
        pes_checkpoint *read;
        CHECK_FAILS(PES_E_FORMAT, cases[i].words, pes_checkpoint_open(&read, path));
    }
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_changed_byte_is_noticed),
        cmocka_unit_test(any_other_length_is_noticed),
        cmocka_unit_test(honest_headers_are_read),
        cmocka_unit_test(lies_are_seen_through),
        cmocka_unit_test(too_much_of_anything_is_refused),
        cmocka_unit_test(header_lengths_are_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
