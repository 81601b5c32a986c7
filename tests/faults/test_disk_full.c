// A disk that is full: the failure says how much is missing, nothing half-written is left, what
// was there before is still good, and once there is room again the run goes on.
//
// RLIMIT_FSIZE, with SIGXFSZ ignored, refuses a write in the middle of a file just as a full
// disk does (EFBIG rather than ENOSPC), and needs no privileges.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/events.h"
#include "record/file.h"
#include "record/log.h"
#include "support/scratch.h"
#include "support/small_checkpoint.h"

static void limit_files(int64_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < 0 ? limit.rlim_max : (rlim_t)bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int ignore_signal(void **state) {
    (void)state;
    struct sigaction action = {.sa_handler = SIG_IGN};
    return sigaction(SIGXFSZ, &action, NULL);
}

static void check_readable(const char *path) {
    pes_checkpoint *read;
    CHECK_OK(pes_checkpoint_open(&read, path));
    pes_checkpoint_close(read);
}

static void a_checkpoint_that_does_not_fit_leaves_the_others(void **state) {
    (void)state;
    enum { BIG = 5 << 20 };
    scratch folder;
    scratch_open(&folder);
    write_small(folder.path, 1);
    write_small(folder.path, 2);
    void *data = calloc(1, BIG);
    assert_non_null(data);
    const pes_tensor tensor = {"big", "U8", 1, {BIG}, data, BIG};
    const pes_checkpoint_content content = {.tensor = &tensor, .num_tensors = 1};
    pes_checkpoints *checkpoints;
    CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, HEADER_BYTES));

    limit_files(3000000);
    const pes_status status = pes_checkpoints_write(checkpoints, 3, &content);
    limit_files(-1);
    CHECK_FAILS(PES_E_FILE, "checkpoint-000000000003.safetensors needs 5243008 bytes, of which",
                status);
    CHECK_FAILS(PES_E_FILE, "2243008 could not be written", status);
    char names[512];
    assert_string_equal(scratch_list(&folder, names, sizeof names),
                        "checkpoint-000000000001.safetensors "
                        "checkpoint-000000000002.safetensors ");
    check_readable(scratch_path(&folder, "checkpoint-000000000001.safetensors"));
    check_readable(scratch_path(&folder, "checkpoint-000000000002.safetensors"));

    CHECK_OK(pes_checkpoints_write(checkpoints, 3, &content)); // room again
    check_readable(scratch_path(&folder, "checkpoint-000000000003.safetensors"));
    assert_string_equal(scratch_list(&folder, names, sizeof names),
                        "checkpoint-000000000002.safetensors "
                        "checkpoint-000000000003.safetensors ");
    pes_checkpoints_close(checkpoints);
    free(data);
    scratch_close(&folder);
}

static void put_row(pes_log *log, int64_t update) {
    pes_log_begin(log);
    pes_log_int(log, "update", update);
}

static void a_row_that_does_not_fit_is_taken_back(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    pes_log *log;
    CHECK_OK(pes_log_create(&log, folder.path, "log.jsonl", 64));
    CHECK_OK(pes_log_start(log, 0));
    put_row(log, 1);
    CHECK_OK(pes_log_end(log));
    put_row(log, 2);
    limit_files(20);
    const pes_status status = pes_log_end(log);
    limit_files(-1);
    CHECK_FAILS(PES_E_FILE, "13 bytes could not be appended", status);
    assert_int_equal(pes_log_size(log), 13);
    size_t bytes;
    unsigned char *text = scratch_read(scratch_path(&folder, "log.jsonl"), &bytes);
    assert_string_equal((char *)text, "{\"update\":1}\n");
    free(text);
    put_row(log, 3);
    CHECK_OK(pes_log_end(log));
    text = scratch_read(scratch_path(&folder, "log.jsonl"), &bytes);
    assert_string_equal((char *)text, "{\"update\":1}\n{\"update\":3}\n");
    free(text);
    pes_log_destroy(log);
    scratch_close(&folder);
}

static void an_event_that_does_not_fit_is_taken_back(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    pes_events *events;
    CHECK_OK(pes_events_create(&events, folder.path));
    CHECK_OK(pes_events_start(events, NULL, 0));
    const int64_t size = pes_events_size(events);
    pes_events_begin(events, 1);
    pes_events_scalar(events, "loss", 1.0);
    limit_files(size + 5);
    const pes_status status = pes_events_end(events);
    limit_files(-1);
    CHECK_FAILS(PES_E_FILE, "could not be appended", status);
    assert_int_equal(pes_events_size(events), size);
    size_t bytes;
    free(scratch_read(scratch_path(&folder, pes_events_name(events)), &bytes));
    assert_int_equal(bytes, size);
    pes_events_destroy(events);
    scratch_close(&folder);
}

// A device that is always full, where there is one.
static void no_space_left_is_said(void **state) {
    (void)state;
    if (!scratch_exists("/dev/full")) {
        skip();
    }
    pes_file_journal journal = {.file = -1, .path = "/dev/full"};
    // it cannot be cut either, so its descriptor is opened by hand
    journal.file = open("/dev/full", O_WRONLY);
    assert_true(journal.file >= 0);
    CHECK_FAILS(PES_E_FILE, "No space left on device", pes_file_append(&journal, "x", 1));
    pes_file_stop(&journal);
}

static void a_folder_that_cannot_be_written_is_named(void **state) {
    (void)state;
    if (geteuid() == 0) {
        skip(); // root may write anywhere
    }
    scratch folder;
    scratch_open(&folder);
    pes_checkpoints *checkpoints;
    CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, HEADER_BYTES));
    assert_int_equal(chmod(folder.path, 0500), 0);
    CHECK_FAILS(PES_E_FILE, "checkpoint.partial: Permission denied",
                pes_checkpoints_write(checkpoints, 1, &small_content));
    assert_int_equal(chmod(folder.path, 0700), 0);
    pes_checkpoints_close(checkpoints);
    scratch_close(&folder);
}

// The directory in the file's place: rename refuses, whoever asks.
static void a_name_that_is_taken_is_told(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    assert_int_equal(mkdir(scratch_path(&folder, "checkpoint-000000000001.safetensors"), 0700),
                     0);
    pes_checkpoints *checkpoints;
    CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, HEADER_BYTES));
    CHECK_FAILS(PES_E_FILE, "cannot rename",
                pes_checkpoints_write(checkpoints, 1, &small_content));
    assert_false(scratch_exists(scratch_path(&folder, "checkpoint.partial")));
    pes_checkpoints_close(checkpoints);
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_that_does_not_fit_leaves_the_others),
        cmocka_unit_test(a_row_that_does_not_fit_is_taken_back),
        cmocka_unit_test(an_event_that_does_not_fit_is_taken_back),
        cmocka_unit_test(no_space_left_is_said),
        cmocka_unit_test(a_folder_that_cannot_be_written_is_named),
        cmocka_unit_test(a_name_that_is_taken_is_told),
    };
    return cmocka_run_group_tests(tests, ignore_signal, NULL);
}
