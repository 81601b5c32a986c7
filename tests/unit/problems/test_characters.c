// Texts by characters: what is kept of a line, what is refused, and the Penn Treebank where the
// environment variable PES_DATA says where it is.

#include <stdio.h>
#include <stdlib.h>

#include "problems/data/characters.h"
#include "support/check.h"
#include "support/scratch.h"

static pes_status parse(const char *text, char *out) {
    int64_t count = 0;
    memcpy(out, text, strlen(text) + 1);
    const pes_status status =
        pes_characters_parse((uint8_t *)out, (int64_t)strlen(text), &count);
    for (int64_t i = 0; i < count; i++) {
        out[i] = pes_characters_alphabet[(int)out[i]];
    }
    out[count] = '\0';
    return status;
}

static void lines_lose_their_outer_spaces_and_keep_their_ends(void **unused) {
    (void)unused;
    char out[64];
    CHECK_OK(parse(" no it was n't \n  \n <unk> N \n", out));
    assert_string_equal(out, "no it was n't\n\n<unk> N\n");
    CHECK_OK(parse("", out));
    assert_string_equal(out, "");
}

static void other_texts_are_refused(void **unused) {
    (void)unused;
    char out[64];
    CHECK_FAILS(PES_E_FORMAT, "line 1 of the text does not begin", parse("a \n", out));
    CHECK_FAILS(PES_E_FORMAT, "line 2 of the text does not begin", parse(" a \n b\n", out));
    CHECK_FAILS(PES_E_FORMAT, "line 1 of the text does not begin", parse(" \n", out));
    CHECK_FAILS(PES_E_FORMAT, "line 2 of the text has a character of code 65",
                parse(" a \n bAc \n", out));
    CHECK_FAILS(PES_E_FORMAT, "line 2 of the text has no end", parse(" a \n b ", out));
}

static void other_bytes_than_the_published_are_refused(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const pes_data_folders data = {.count = 1, .folder = {folder.path}};
    const pes_dataset *set = pes_dataset_find("ptb");
    pes_characters text;
    CHECK_FAILS(PES_E_FILE, "pes data fetch ptb",
                pes_characters_load(&text, set, &data, PES_DATASET_TRAIN_TEXT));
    char command[600];
    (void)snprintf(command, sizeof command, "mkdir -p '%s/ptb'", folder.path);
    assert_int_equal(system(command), 0);
    scratch_write(scratch_path(&folder, "ptb/ptb.train.txt"), " a \n", 4);
    CHECK_FAILS(PES_E_FORMAT, "ptb.train.txt has 4 bytes where 5101618 were published",
                pes_characters_load(&text, set, &data, PES_DATASET_TRAIN_TEXT));
    CHECK_FAILS(PES_E_FILE, "neither ptb.valid.txt.gz nor ptb.valid.txt",
                pes_characters_load(&text, set, &data, PES_DATASET_VALID_TEXT));
    assert_null(text.character);
    scratch_close(&folder);
}

static void the_treebank_has_the_usual_characters(void **unused) {
    (void)unused;
    static const int64_t expected[PES_DATASET_TEXT_FILES] = {5017482, 393042, 442423};
    const pes_data_folders data = {.count = 1, .folder = {getenv("PES_DATA")}};
    char path[PES_TEXT_SIZE];
    if (data.folder[0] == NULL || pes_dataset_locate("ptb", &data, path) != PES_OK) {
        skip();
    }
    for (int64_t f = 0; f < PES_DATASET_TEXT_FILES; f++) {
        pes_characters text;
        int64_t seen[PES_CHARACTERS] = {0}, symbols = 0;
        CHECK_OK(pes_characters_load(&text, pes_dataset_find("ptb"), &data, f));
        assert_int_equal(text.count, expected[f]);
        for (int64_t i = 0; i < text.count; i++) {
            symbols += seen[text.character[i]]++ == 0;
        }
        assert_int_equal(symbols, f == PES_DATASET_TEST_TEXT ? 48 : 50);
        pes_characters_release(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_lose_their_outer_spaces_and_keep_their_ends),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(other_bytes_than_the_published_are_refused),
        cmocka_unit_test(the_treebank_has_the_usual_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
