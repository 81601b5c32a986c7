// Arena, sized structs and sentences: the small things that everything stands on.
//
// Seen to fail: the overflow check taken out, the newer field's check taken out, a sentence
// built in place from itself.

#include <stdlib.h>

#include "base/arena.h"
#include "base/sized.h"
#include "base/status.h"
#include "support/check.h"

static void an_arena_measures_and_carves_alike(void **state) {
    (void)state;
    pes_arena measure = {0};
    assert_null(pes_arena_take(&measure, 3, 5));
    assert_null(pes_arena_take(&measure, 0, 8));
    assert_null(pes_arena_take(&measure, 65, 1));
    assert_int_equal(measure.used, 64 + 0 + 128);
    unsigned char *memory = aligned_alloc(64, measure.used);
    assert_non_null(memory);
    pes_arena carve = {.base = memory};
    assert_ptr_equal(pes_arena_take(&carve, 3, 5), memory);
    assert_ptr_equal(pes_arena_take(&carve, 0, 8), memory + 64);
    assert_ptr_equal(pes_arena_take(&carve, 65, 1), memory + 64);
    assert_int_equal(carve.used, measure.used);
    assert_false(carve.overflow);
    free(memory);
}

static void sizes_that_wrap_are_noticed(void **state) {
    (void)state;
    static const struct {
        int64_t count;
        size_t size;
    } large[] = {{INT64_MAX, 2}, {INT64_MAX, 8}, {-1, 1}, {2, SIZE_MAX / 2}, {1, SIZE_MAX}};
    for (int i = 0; i < 5; i++) {
        pes_arena arena = {0};
        assert_null(pes_arena_take(&arena, large[i].count, large[i].size));
        assert_true(arena.overflow);
        pes_arena_take(&arena, 1, 1);
        assert_true(arena.overflow); // and not forgotten
    }
    pes_arena arena = {0};
    for (int i = 0; i < 5; i++) {
        pes_arena_take(&arena, 1, SIZE_MAX / 4);
    }
    assert_true(arena.overflow); // the sum, too
}

typedef struct known {
    uint32_t size;
    int32_t a;
    int64_t b;
} known;

static void sized_structs_of_any_age_are_read(void **state) {
    (void)state;
    const struct {
        known known;
        int64_t newer;
    } zero = {{sizeof zero, 1, 2}, 0}, set = {{sizeof set, 1, 2}, 5};
    known into = {sizeof into, 10, 20};
    CHECK_OK(pes_read_sized(&into, sizeof into, &zero, zero.known.size, "x"));
    assert_true(into.a == 1 && into.b == 2);
    CHECK_FAILS(PES_E_ARGUMENT, "x uses a field that is newer than this library",
                pes_read_sized(&into, sizeof into, &set, set.known.size, "x"));
    into = (known){sizeof into, 10, 20};
    CHECK_OK(pes_read_sized(&into, sizeof into, &zero, offsetof(known, b), "x"));
    assert_true(into.a == 1 && into.b == 20); // an older caller: the default stays
    CHECK_FAILS(PES_E_ARGUMENT, "x.size is 0",
                pes_read_sized(&into, sizeof into, &zero, 0, "x"));
}

static void sentences(void **state) {
    (void)state;
    assert_int_equal(pes_fail(PES_E_FILE, "a %s of %d", "list", 3), PES_E_FILE);
    assert_string_equal(pes_last_error(), "a list of 3");
    pes_fail(PES_E_FILE, "before: %s", pes_last_error());
    assert_string_equal(pes_last_error(), "before: a list of 3");
    char longest[2000];
    memset(longest, 'y', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    pes_fail(PES_E_FILE, "%s", longest);
    assert_int_equal(strlen(pes_last_error()), 511);
    assert_string_equal(pes_status_text(PES_OK), "success");
    assert_string_equal(pes_status_text((pes_status)-99), "unknown status");
    assert_int_equal(strspn(pes_version(), "0123456789."), strlen(pes_version()));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_measures_and_carves_alike),
        cmocka_unit_test(sizes_that_wrap_are_noticed),
        cmocka_unit_test(sized_structs_of_any_age_are_read),
        cmocka_unit_test(sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
