// Log rows: JSON that another parser reads, whole rows only, cut back on resumption.

#include "record/log.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/scratch.h"

static pes_log *open_log(const scratch *folder, int64_t capacity) {
    pes_log *log;
    CHECK_OK(pes_log_create(&log, folder->path, "log.jsonl", capacity));
    CHECK_OK(pes_log_start(log, 0));
    return log;
}

static void put_row(pes_log *log, int64_t update) {
    pes_log_begin(log);
    pes_log_int(log, "update", update);
    CHECK_OK(pes_log_end(log));
}

static void check_file(const scratch *folder, const char *expected) {
    size_t bytes;
    unsigned char *text = scratch_read(scratch_path(folder, "log.jsonl"), &bytes);
    assert_string_equal((char *)text, expected);
    free(text);
}

static void put_every_kind(pes_log *log) {
    const float theta[] = {0.1f, -3.0f, INFINITY};
    const double objective[] = {0.25, (double)NAN};
    pes_log_begin(log);
    pes_log_int(log, "inner_steps", INT64_MIN);
    pes_log_real(log, "loss", 0.1 + 0.2);
    pes_log_floats(log, "theta", theta, 3);
    pes_log_reals(log, "objective", objective, 2);
    pes_log_floats(log, "nothing", theta, 0);
    pes_log_bool(log, "done", true);
    pes_log_text(log, "note", "a \"quote\", \\, \n, \x01, \xc3\xa9, \xff.");
    CHECK_OK(pes_log_end(log));
}

static void every_kind_of_field_is_read_back(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    setlocale(LC_ALL, "de_DE.UTF-8"); // where there is one
    pes_log *log = open_log(&folder, 1024);
    put_every_kind(log);
    pes_log_destroy(log);
    setlocale(LC_ALL, "C");

    json_t *row =
        json_load_file(scratch_path(&folder, "log.jsonl"), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(row);
    assert_true(json_integer_value(json_object_get(row, "inner_steps")) == INT64_MIN);
    assert_true(json_real_value(json_object_get(row, "loss")) == 0.1 + 0.2);
    const json_t *theta = json_object_get(row, "theta");
    assert_int_equal(json_array_size(theta), 3);
    assert_true((float)json_number_value(json_array_get(theta, 0)) == 0.1f);
    assert_true(json_number_value(json_array_get(theta, 1)) == -3.0);
    assert_true(json_is_null(json_array_get(theta, 2)));
    assert_true(json_is_null(json_array_get(json_object_get(row, "objective"), 1)));
    assert_int_equal(json_array_size(json_object_get(row, "nothing")), 0);
    assert_true(json_is_true(json_object_get(row, "done")));
    assert_string_equal(json_string_value(json_object_get(row, "note")),
                        "a \"quote\", \\, \n, \x01, \xc3\xa9, ?.");
    json_decref(row);
    scratch_close(&folder);
}

static void a_resumed_run_cuts_its_rows_back(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    pes_log *log = open_log(&folder, 64);
    put_row(log, 1);
    const int64_t size = pes_log_size(log);
    put_row(log, 2);
    put_row(log, 3);
    CHECK_OK(pes_log_sync(log));
    pes_log_destroy(log);

    CHECK_OK(pes_log_create(&log, folder.path, "log.jsonl", 64));
    assert_int_equal(pes_log_size(log), 0);
    check_file(&folder, "{\"update\":1}\n{\"update\":2}\n{\"update\":3}\n");
    CHECK_OK(pes_log_start(log, size));
    put_row(log, 22);
    check_file(&folder, "{\"update\":1}\n{\"update\":22}\n");
    CHECK_OK(pes_log_start(log, 0)); // and to its start
    put_row(log, 4);
    check_file(&folder, "{\"update\":4}\n");
    pes_log_destroy(log);
    scratch_close(&folder);
}

static void misuse_is_told(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    pes_log *log;
    CHECK_OK(pes_log_create(&log, folder.path, "log.jsonl", 32));
    pes_log_begin(log);
    CHECK_FAILS(PES_E_CALL_ORDER, "has not been started", pes_log_end(log));
    CHECK_FAILS(
        PES_E_FORMAT,
        "has 0 bytes, but the checkpoint continues it from byte 7; restore the file, or "
        "begin a new run elsewhere",
        pes_log_start(log, 7));
    CHECK_OK(pes_log_start(log, 0));
    pes_log_begin(log);
    pes_log_text(log, "note", "much longer than thirty-two bytes");
    CHECK_FAILS(PES_E_ARGUMENT, "more than 32 bytes", pes_log_end(log));
    put_row(log, 1); // and the next one is whole
    check_file(&folder, "{\"update\":1}\n");
    pes_log_destroy(log);

    CHECK_OK(pes_log_create(&log, "/no/such/folder", "log.jsonl", 32));
    CHECK_FAILS(PES_E_FILE, "/no/such/folder/log.jsonl", pes_log_start(log, 0));
    pes_log_destroy(log);
    CHECK_FAILS(PES_E_ARGUMENT, "3 to 2^40", pes_log_create(&log, folder.path, "x", 0));
    assert_null(log);
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_field_is_read_back),
        cmocka_unit_test(a_resumed_run_cuts_its_rows_back),
        cmocka_unit_test(misuse_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
