// pes_checkpoint_pack(): what it packs comes out of pes_checkpoint_open() bit for bit, and what
// no file can hold is refused.

#include <stdlib.h>
#include <string.h>

#include "pes/checkpoint.h"
#include "support/check.h"
#include "support/scratch.h"

static const float floats[] = {1.5f, -2.0f, 3.25f};
static const double doubles[] = {0.1};
static const pes_text texts[] = {{"format", "x \"quoted\" \\ \n\t"}, {"empty", ""}};
static const pes_tensor tensors[] = {
    {.name = "a", .dtype = "F32", .rank = 1, .shape = {3}, .data = floats, .bytes = 12},
    {.name = "b/\xc3\xa9",
     .dtype = "F64",
     .rank = 2,
     .shape = {1, 1},
     .data = doubles,
     .bytes = 8},
    {.name = "none", .dtype = "F32", .rank = 1, .shape = {0}, .data = NULL, .bytes = 0},
};

static void what_is_packed_comes_out(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    const char *path = scratch_path(&folder, "packed.safetensors");
    void *bytes;
    int64_t count;
    assert_int_equal(pes_checkpoint_pack(&bytes, &count, 2, texts, 3, tensors), PES_OK);
    scratch_write(path, bytes, (size_t)count);
    free(bytes);

    pes_checkpoint *file;
    assert_int_equal(pes_checkpoint_open(&file, path), PES_OK);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(pes_checkpoint_text(file, texts[i].key), texts[i].text);
    }
    for (int i = 0; i < 3; i++) {
        pes_tensor out;
        assert_int_equal(pes_checkpoint_find(file, tensors[i].name, &out), PES_OK);
        assert_string_equal(out.dtype, tensors[i].dtype);
        assert_int_equal(out.rank, tensors[i].rank);
        assert_int_equal(out.bytes, tensors[i].bytes);
        if (out.bytes > 0) {
            assert_memory_equal(out.data, tensors[i].data, (size_t)out.bytes);
        }
    }
    pes_checkpoint_close(file);
    scratch_close(&folder);
}

static void what_no_file_can_hold_is_refused(void **state) {
    (void)state;
    void *bytes = &bytes;
    int64_t count;
    const pes_text crc = {"crc32c", "0"}, latin = {"what", "\xe9"};
    const pes_tensor twice[] = {tensors[0], tensors[0]};
    pes_tensor wrong = tensors[0];
    wrong.bytes = 8;
    assert_int_equal(pes_checkpoint_pack(&bytes, &count, 1, &crc, 0, NULL), PES_E_ARGUMENT);
    assert_int_equal(pes_checkpoint_pack(&bytes, &count, 1, &latin, 0, NULL), PES_E_ARGUMENT);
    assert_int_equal(pes_checkpoint_pack(&bytes, &count, 0, NULL, 2, twice), PES_E_ARGUMENT);
    assert_int_equal(pes_checkpoint_pack(&bytes, &count, 0, NULL, 1, &wrong), PES_E_ARGUMENT);
    assert_int_equal(pes_checkpoint_pack(&bytes, &count, -1, NULL, 0, NULL), PES_E_ARGUMENT);
    assert_null(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_comes_out),
        cmocka_unit_test(what_no_file_can_hold_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
