// Checkpoints: what is written is read back, in a layout that others read too, and the last two
// stay.

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "pes/checkpoint.h"
#include "support/scratch.h"
#include "support/small_checkpoint.h"

#define FILE_12 "checkpoint-000000000012.safetensors"

static void what_is_written_is_read_back(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    write_small(folder.path, 12);

    pes_checkpoint *read;
    CHECK_OK(pes_checkpoint_open(&read, scratch_path(&folder, FILE_12)));
    for (int64_t i = 0; i < small_content.num_tensors; i++) {
        const pes_tensor *in = &small_tensors[i];
        pes_tensor out;
        CHECK_OK(pes_checkpoint_find(read, in->name, &out));
        assert_string_equal(out.name, in->name);
        assert_string_equal(out.dtype, in->dtype);
        assert_int_equal(out.rank, in->rank);
        CHECK_SAME(out.shape, in->shape, in->rank);
        assert_int_equal(out.bytes, in->bytes);
        if (in->bytes > 0) {
            assert_memory_equal(out.data, in->data, (size_t)in->bytes);
        }
    }
    for (int64_t i = 0; i < small_content.num_texts; i++) {
        assert_string_equal(pes_checkpoint_text(read, small_texts[i].key), small_texts[i].text);
    }
    assert_null(pes_checkpoint_text(read, "none"));
    pes_tensor none;
    CHECK_FAILS(PES_E_FORMAT, "no tensor 'none'", pes_checkpoint_find(read, "none", &none));
    CHECK_FAILS(PES_E_ARGUMENT, "tensor 5", pes_checkpoint_tensor(read, 5, &none));
    pes_checkpoint_close(read);
    pes_checkpoint_close(NULL);
    scratch_close(&folder);
}

static void elements_are_aligned(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    write_small(folder.path, 12);
    pes_checkpoint *read;
    CHECK_OK(pes_checkpoint_open(&read, scratch_path(&folder, FILE_12)));
    pes_tensor first, tensor;
    CHECK_OK(pes_checkpoint_tensor(read, 0, &first));
    assert_int_equal((uintptr_t)first.data % 64, 0);
    static const int64_t width[] = {8, 8, 4, 4, 1}; // wider elements come first
    for (int64_t i = 0; i < 5; i++) {
        CHECK_OK(pes_checkpoint_tensor(read, i, &tensor));
        assert_int_equal((int64_t)((uintptr_t)tensor.data % (uintptr_t)width[i]), 0);
    }
    pes_checkpoint_close(read);
    scratch_close(&folder);
}

// As the safetensors format says, seen by a parser that is not ours.
static void the_header_is_json_and_safetensors(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    write_small(folder.path, 12);
    size_t bytes;
    unsigned char *file = scratch_read(scratch_path(&folder, FILE_12), &bytes);
    const size_t length = (size_t)file[0] | (size_t)file[1] << 8;
    assert_int_equal(file[8], '{');
    assert_int_equal((8 + length) % 64, 0);
    json_t *header =
        json_loadb((char *)file + 8, length, JSON_REJECT_DUPLICATES, NULL); // no NUL, no rest
    assert_non_null(header);
    const char *key;
    json_t *value;
    json_int_t total = 0;
    json_object_foreach(header, key, value) {
        if (strcmp(key, "__metadata__") != 0) {
            const json_t *offsets = json_object_get(value, "data_offsets");
            assert_int_equal(json_integer_value(json_array_get(offsets, 0)), total);
            total = json_integer_value(json_array_get(offsets, 1));
        }
    }
    assert_int_equal(8 + length + (size_t)total, bytes);
    assert_int_equal(json_object_size(json_object_get(header, "__metadata__")), 4);
    json_decref(header);
    free(file);
    scratch_close(&folder);
}

// Rows 1, 2 and 5 of six; all; none.
static void only_picked_rows_are_stored(void **state) {
    (void)state;
    enum { ROWS = 6, COLUMNS = 3 };
    static const uint8_t omit[3][ROWS] = {{1, 0, 0, 1, 1, 0}, {0}, {1, 1, 1, 1, 1, 1}};
    static const int64_t kept[3] = {3, ROWS, 0};
    float data[ROWS][COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        data[i / COLUMNS][i % COLUMNS] = (float)i;
    }
    scratch folder;
    scratch_open(&folder);
    pes_checkpoints *checkpoints;
    CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, HEADER_BYTES));
    for (int c = 0; c < 3; c++) {
        const pes_tensor tensor = {
            "rows", "F32", 2, {kept[c], COLUMNS}, data, 4 * COLUMNS * kept[c]};
        const pes_checkpoint_pick pick = {.tensor = 0, .rows = ROWS, .omit = omit[c]};
        const pes_checkpoint_content content = {
            .tensor = &tensor, .num_tensors = 1, .pick = &pick};
        CHECK_OK(pes_checkpoints_write(checkpoints, 12, &content));
        pes_checkpoint *read;
        pes_tensor out;
        CHECK_OK(pes_checkpoint_open(&read, scratch_path(&folder, FILE_12)));
        CHECK_OK(pes_checkpoint_find(read, "rows", &out));
        assert_int_equal(out.shape[0], kept[c]);
        const float *next = out.data;
        for (int row = 0; row < ROWS; row++) {
            if (!omit[c][row]) {
                CHECK_SAME(next, data[row], COLUMNS);
                next += COLUMNS;
            }
        }
        pes_checkpoint_close(read);
    }
    pes_checkpoints_close(checkpoints);
    scratch_close(&folder);
}

static void the_last_two_stay(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    scratch_write(scratch_path(&folder, "checkpoint-7.safetensors"), "mine", 4);
    scratch_write(scratch_path(&folder, "log.jsonl"), "", 0);
    pes_checkpoints *checkpoints;
    CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, HEADER_BYTES));
    for (int64_t update = 1; update <= 4; update++) {
        CHECK_OK(pes_checkpoints_write(checkpoints, 10 * update, &small_content));
    }
    char names[512];
    assert_string_equal(scratch_list(&folder, names, sizeof names),
                        "checkpoint-000000000030.safetensors "
                        "checkpoint-000000000040.safetensors "
                        "checkpoint-7.safetensors log.jsonl ");
    CHECK_OK(pes_checkpoints_write(checkpoints, 40, &small_content)); // once more
    assert_non_null(strstr(scratch_list(&folder, names, sizeof names), "0030"));
    pes_checkpoints_close(checkpoints);
    scratch_close(&folder);
}

// A run resumed from 30 because 40 was damaged: 40 must not become the one to fall back on.
static void newer_ones_of_a_course_given_up_are_removed(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    write_small(folder.path, 30);
    write_small(folder.path, 40);
    write_small(folder.path, 35);
    char names[512];
    assert_string_equal(scratch_list(&folder, names, sizeof names),
                        "checkpoint-000000000030.safetensors "
                        "checkpoint-000000000035.safetensors ");
    scratch_close(&folder);
}

static void the_newest_is_found(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    char path[1024];
    CHECK_OK(pes_checkpoints_find(folder.path, 0, path, sizeof path));
    assert_string_equal(path, "");
    write_small(folder.path, 9);
    write_small(folder.path, INT64_C(999999999999));
    CHECK_OK(pes_checkpoints_find(folder.path, 0, path, sizeof path));
    assert_string_equal(path, scratch_path(&folder, "checkpoint-999999999999.safetensors"));
    CHECK_OK(pes_checkpoints_find(folder.path, 1, path, sizeof path));
    assert_string_equal(path, scratch_path(&folder, "checkpoint-000000000009.safetensors"));
    CHECK_OK(pes_checkpoints_find(folder.path, 2, path, sizeof path));
    assert_string_equal(path, "");
    CHECK_FAILS(PES_E_ARGUMENT, "longer than 9",
                pes_checkpoints_find(folder.path, 0, path, 10));
    CHECK_FAILS(PES_E_FILE, "/no/such/folder",
                pes_checkpoints_find("/no/such/folder", 0, path, sizeof path));
    scratch_close(&folder);
}

// Seventeen and more: the sixteen newest are looked after, whatever order they are listed in.
static void many_are_survived(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    for (int i = 0; i < 40; i++) {
        char name[64];
        snprintf(name, sizeof name, "checkpoint-%012d.safetensors", (i * 7) % 40);
        scratch_write(scratch_path(&folder, name), "x", 1);
    }
    char path[1024];
    CHECK_OK(pes_checkpoints_find(folder.path, 15, path, sizeof path));
    assert_string_equal(path, scratch_path(&folder, "checkpoint-000000000024.safetensors"));
    write_small(folder.path, 41);
    CHECK_OK(pes_checkpoints_find(folder.path, 1, path, sizeof path));
    assert_string_equal(path, scratch_path(&folder, "checkpoint-000000000039.safetensors"));
    pes_checkpoints *checkpoints; // and older than all that are looked after
    CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, HEADER_BYTES));
    CHECK_OK(pes_checkpoints_write(checkpoints, 2, &small_content));
    const char *second = scratch_path(&folder, "checkpoint-000000000002.safetensors");
    CHECK_OK(pes_checkpoints_write(checkpoints, 50, &small_content));
    assert_true(scratch_exists(second));
    CHECK_OK(pes_checkpoints_write(checkpoints, 51, &small_content));
    assert_false(scratch_exists(second));
    pes_checkpoints_close(checkpoints);
    scratch_close(&folder);
}

static void check_refused(const char *words, const pes_checkpoint_content *content) {
    scratch folder;
    scratch_open(&folder);
    pes_checkpoints *checkpoints;
    CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, 1024));
    CHECK_FAILS(PES_E_ARGUMENT, words, pes_checkpoints_write(checkpoints, 1, content));
    char names[512];
    assert_string_equal(scratch_list(&folder, names, sizeof names), "");
    pes_checkpoints_close(checkpoints);
    scratch_close(&folder);
}

static void check_tensors_refused(const char *words, const pes_tensor *tensor, int64_t count) {
    check_refused(words, &(pes_checkpoint_content){.tensor = tensor, .num_tensors = count});
}

static void check_texts_refused(const char *words, const pes_checkpoint_entry *text,
                                int64_t count) {
    check_refused(words, &(pes_checkpoint_content){.text = text, .num_texts = count});
}

static void content_that_nobody_could_read_is_refused(void **state) {
    (void)state;
    const float x[2] = {0};
    check_tensors_refused("unknown dtype", &(pes_tensor){"a", "F33", 1, {2}, x, 8}, 1);
    check_tensors_refused("unknown dtype or shape", &(pes_tensor){"a", "F32", 5, {2}, x, 8}, 1);
    check_tensors_refused("unknown dtype or shape", &(pes_tensor){"a", "F32", 1, {-2}, x, 8},
                          1);
    check_tensors_refused("8 bytes where its shape needs 12",
                          &(pes_tensor){"a", "F32", 1, {3}, x, 8}, 1);
    check_tensors_refused("has no data", &(pes_tensor){"a", "F32", 1, {2}, NULL, 8}, 1);
    check_tensors_refused("__metadata__", &(pes_tensor){"__metadata__", "F32", 1, {2}, x, 8},
                          1);
    check_tensors_refused("not UTF-8", &(pes_tensor){"\xc0\x80", "F32", 1, {2}, x, 8}, 1);
    const pes_tensor twice[] = {{"a", "F32", 1, {2}, x, 8}, {"a", "F32", 1, {2}, x, 8}};
    check_tensors_refused("two tensors 'a'", twice, 2);

    const uint8_t omit[2] = {0, 1};
    const pes_checkpoint_pick pick = {.tensor = 0, .rows = 2, .omit = omit};
    const pes_tensor two_rows = {"a", "F32", 2, {2, 1}, x, 8};
    check_refused(
        "as many rows as are picked, 1",
        &(pes_checkpoint_content){.tensor = &two_rows, .num_tensors = 1, .pick = &pick});
    check_refused("no tensor 0", &(pes_checkpoint_content){.pick = &pick});

    check_texts_refused("crc32c", &(pes_checkpoint_entry){"crc32c", "x"}, 1);
    check_texts_refused("not UTF-8", &(pes_checkpoint_entry){"key", "\xff"}, 1);
    const pes_checkpoint_entry same[] = {{"a", "1"}, {"a", "2"}};
    check_texts_refused("two texts 'a'", same, 2);
    char *text = calloc(1, 2000);
    assert_non_null(text);
    memset(text, 'x', 1999);
    check_texts_refused("more than 1024 bytes", &(pes_checkpoint_entry){"long", text}, 1);
    free(text);
}

static void misuse_is_told(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    pes_checkpoints *checkpoints;
    CHECK_FAILS(PES_E_FILE, "/no/such/folder",
                pes_checkpoints_open(&checkpoints, "/no/such/folder", 1024));
    assert_null(checkpoints);
    CHECK_FAILS(PES_E_ARGUMENT, "1 to", pes_checkpoints_open(&checkpoints, folder.path, 0));
    CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, 1024));
    CHECK_FAILS(PES_E_ARGUMENT, "12 digits",
                pes_checkpoints_write(checkpoints, INT64_C(1000000000000), &small_content));
    CHECK_FAILS(PES_E_ARGUMENT, "12 digits",
                pes_checkpoints_write(checkpoints, -1, &small_content));
    pes_checkpoints_close(checkpoints);
    pes_checkpoints_close(NULL);
    pes_checkpoint *read;
    CHECK_FAILS(PES_E_FILE, "cannot open", pes_checkpoint_open(&read, "/no/such/file"));
    assert_null(read);
    CHECK_FAILS(PES_E_FILE, "not a regular file", pes_checkpoint_open(&read, folder.path));
    assert_null(read);
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(elements_are_aligned),
        cmocka_unit_test(the_header_is_json_and_safetensors),
        cmocka_unit_test(only_picked_rows_are_stored),
        cmocka_unit_test(the_last_two_stay),
        cmocka_unit_test(newer_ones_of_a_course_given_up_are_removed),
        cmocka_unit_test(the_newest_is_found),
        cmocka_unit_test(many_are_survived),
        cmocka_unit_test(content_that_nobody_could_read_is_refused),
        cmocka_unit_test(misuse_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
