// Tables of settings: ranges, conversions, nearest names, lists, and sentences that help.
//
// Seen to fail: bounds off by one, a list of seventeen accepted, a struct changed by a refused
// value, a suggestion for a name that resembles nothing, a row after the last, rows' choices
// that point to the caller's text.

#include <math.h>
#include <stdio.h>

#include "base/fields.h"
#include "support/check.h"

typedef struct dish {
    const char *color; // no default
    double price;
} dish;

enum { DISHES = 3 };

typedef struct sample {
    uint32_t size;
    int64_t count;
    double rate;
    bool loud;
    uint64_t seed;
    const char *color;
    char note[PES_TEXT_SIZE];
    pes_int_list widths;
    pes_real_list weights;
    struct {
        int64_t count;
        dish row[DISHES];
    } menu;
} sample;

static const char *color_name(int64_t index) {
    static const char *const name[] = {"red", "green", "blue"};
    return index < 3 ? name[index] : NULL;
}

static void set_dish(void *row) {
    *(dish *)row = (dish){.price = 1.5};
}

static void set_default(void *options) {
    *(sample *)options =
        (sample){.size = (uint32_t)sizeof(sample), .count = 1, .rate = 0.5, .color = "red"};
}

static const pes_field dish_fields[] = {
    PES_FIELD(dish, color, CHOICE, .unit = "", .summary = "s", .choice = color_name),
    PES_FIELD(dish, price, REAL, .minimum = 0, .maximum = 9, .unit = "", .summary = "s"),
};
static const pes_field_table dish_table =
    PES_FIELD_TABLE("sample.menu", dish, dish_fields, set_dish);

static const pes_field fields[] = {
    PES_FIELD(sample, count, INT, .minimum = 1, .maximum = 100, .unit = "", .summary = "s"),
    PES_FIELD(sample, rate, REAL, .above_minimum = true, .maximum = 1, .unit = "",
              .summary = "s"),
    PES_FIELD(sample, loud, BOOL, .unit = "", .summary = "s"),
    PES_FIELD(sample, seed, SEED, .unit = "", .summary = "s"),
    PES_FIELD(sample, color, CHOICE, .unit = "", .summary = "s", .choice = color_name),
    PES_FIELD(sample, note, TEXT, .unit = "", .summary = "s"),
    PES_FIELD(sample, widths, INT_LIST, .minimum = 1, .maximum = 9, .unit = "", .summary = "s"),
    PES_FIELD(sample, weights, REAL_LIST, .minimum = -1, .maximum = 1, .unit = "",
              .summary = "s"),
    PES_FIELD(sample, menu, ROWS, .unit = "", .summary = "s", .rows = &dish_table,
              .capacity = DISHES),
};
static const pes_field_table table = PES_FIELD_TABLE("sample", sample, fields, set_default);

static sample fresh(void) {
    sample s;
    set_default(&s);
    return s;
}

static pes_value integer(int64_t x) {
    return (pes_value){.type = PES_FIELD_INT, .integer = x};
}

static pes_value real(double x) {
    return (pes_value){.type = PES_FIELD_REAL, .real = x};
}

static pes_value text(const char *x) {
    return (pes_value){.type = PES_FIELD_TEXT, .text = x};
}

static pes_value integers(int64_t count, int64_t each) {
    pes_value v = {.type = PES_FIELD_INT_LIST, .integers.count = count};
    for (int64_t i = 0; i < PES_LIST_SIZE; i++) {
        v.integers.value[i] = each;
    }
    return v;
}

// The value is taken, or refused in these words and the struct is as before.
static void takes(sample *s, const char *name, pes_value value) {
    CHECK_OK(pes_field_set(&table, s, name, &value));
}

static void refuses(const char *name, pes_value value, const char *words) {
    sample s = fresh();
    const sample before = s;
    CHECK_FAILS(PES_E_ARGUMENT, words, pes_field_set(&table, &s, name, &value));
    assert_memory_equal(&s, &before, sizeof s);
}

static void ranges_hold_at_both_ends(void **state) {
    (void)state;
    sample s = fresh();
    takes(&s, "count", integer(1));
    takes(&s, "count", integer(100));
    assert_int_equal(s.count, 100);
    refuses("count", integer(0), "count must be an integer from 1 to 100, not 0");
    refuses("count", integer(101), "not 101");
    refuses("count", integer(INT64_MIN), "from 1 to 100");
    takes(&s, "rate", real(1.0));
    takes(&s, "rate", real(1e-300));
    refuses("rate", real(0.0), "rate must be a number above 0, at most 1, not 0");
    refuses("rate", real(1.0000001), "at most 1");
    refuses("rate", real((double)NAN), "rate must be");
    refuses("rate", real((double)INFINITY), "rate must be");
}

static void integers_become_numbers_and_seeds(void **state) {
    (void)state;
    sample s = fresh();
    takes(&s, "rate", integer(1));
    CHECK_NEAR(1.0, s.rate, 0.0);
    takes(&s, "seed", integer(7));
    assert_int_equal(s.seed, 7);
    takes(&s, "seed", (pes_value){.type = PES_FIELD_SEED, .seed = UINT64_MAX});
    assert_true(s.seed == UINT64_MAX);
    refuses("seed", integer(-1), "seed must be an integer from 0 upwards");
    refuses("count", real(3.0), "count must be an integer from 1 to 100");
    refuses("loud", integer(1), "loud must be true or false");
    refuses("count", text("3"), "count must be an integer");
    takes(&s, "loud", (pes_value){.type = PES_FIELD_BOOL, .boolean = true});
    assert_true(s.loud);
}

static void choices_and_texts(void **state) {
    (void)state;
    sample s = fresh();
    char own[8] = "blue";
    takes(&s, "color", text(own));
    assert_true(s.color == color_name(2)); // the table's own text
    refuses("color", text("gren"), "did you mean 'green'?");
    refuses("color", text("ultraviolet"), "one of red, green, blue, not ultraviolet");
    char longest[PES_TEXT_SIZE + 1];
    memset(longest, 'x', sizeof longest);
    longest[PES_TEXT_SIZE - 1] = '\0';
    takes(&s, "note", text(longest));
    assert_int_equal(strlen(s.note), PES_TEXT_SIZE - 1);
    longest[PES_TEXT_SIZE - 1] = 'x';
    longest[PES_TEXT_SIZE] = '\0';
    refuses("note", text(longest), "at most 255 bytes");
}

static void lists_and_their_elements(void **state) {
    (void)state;
    sample s = fresh();
    takes(&s, "widths", integers(16, 9));
    assert_int_equal(s.widths.count, 16);
    assert_int_equal(s.widths.value[15], 9);
    refuses("widths", integers(17, 9), "at most 16 elements, not 17");
    refuses("widths", integers(-1, 9), "at most 16 elements");
    refuses("widths", integers(2, 10),
            "widths must be a list of at most 16 integers from 1 to 9");
    takes(&s, "weights", integers(3, 1));
    assert_int_equal(s.weights.count, 3);
    CHECK_NEAR(1.0, s.weights.value[2], 0.0);
    takes(&s, "weights", integers(0, 0));
    assert_int_equal(s.weights.count, 0);
    takes(&s, "widths", (pes_value){.type = PES_FIELD_REAL_LIST}); // [] has no type
    assert_int_equal(s.widths.count, 0);
    refuses("weights", integers(1, 2), "from -1 to 1");
    takes(&s, "widths", integer(7)); // a number is a list of one
    assert_int_equal(s.widths.count, 1);
    assert_int_equal(s.widths.value[0], 7);
    takes(&s, "weights", integer(-1));
    CHECK_NEAR(-1.0, s.weights.value[0], 0.0);
    takes(&s, "weights", real(0.5));
    CHECK_NEAR(0.5, s.weights.value[0], 0.0);
    refuses("widths", real(0.5), "widths must be a list of at most 16 integers");
}

static pes_value rows(int64_t count, const dish *first) {
    return (pes_value){.type = PES_FIELD_ROWS, .count = count, .rows = first};
}

static void rows_are_structs_of_their_own(void **state) {
    (void)state;
    sample s = fresh();
    takes(&s, "menu", rows(2, NULL));
    assert_int_equal(s.menu.count, 2);
    CHECK_NEAR(1.5, s.menu.row[1].price, 0.0);
    takes(&s, "menu.1.price", integer(4));
    takes(&s, "menu.0.color", text("blue"));
    CHECK_NEAR(4.0, s.menu.row[1].price, 0.0);
    assert_true(s.menu.row[0].color == color_name(2));
    const pes_value list = pes_field_get(pes_field_find(&table, "menu"), &s);
    assert_int_equal(list.count, 2);
    assert_true(list.table == &dish_table && pes_value_row(&list, 1) == &s.menu.row[1]);
    char own[8] = "green";
    const dish given[DISHES] = {{own, 1}, {own, 2}, {"red", 3}};
    takes(&s, "menu", rows(DISHES, given));
    assert_true(s.menu.row[0].color == color_name(1)); // the table's own text
    CHECK_NEAR(3.0, s.menu.row[2].price, 0.0);
    takes(&s, "menu", integers(0, 0));
    assert_int_equal(s.menu.count, 0);
}

static void rows_are_refused_by_their_path(void **state) {
    (void)state;
    sample s = fresh();
    const dish dear[1] = {{"red", 10}};
    refuses("menu", rows(DISHES + 1, NULL), "menu must have at most 3 tables, not 4");
    refuses("menu", rows(-1, NULL), "at most 3 tables");
    refuses("menu", rows(1, dear), "menu.0.price must be a number from 0 to 9, not 10");
    refuses("menu", integer(1), "menu must be a list of at most 3 tables [[sample.menu]]");
    refuses("menu.0.price", integer(1), "there is no menu.0: menu has 0 tables");
    refuses("count.0.price", integer(1), "[sample] has no setting 'count.0.price'");
    takes(&s, "menu", rows(2, NULL));
    const struct {
        const char *name;
        const char *words;
    } wrong[] = {
        {"menu.0.prize", "menu.0 has no setting 'prize'; did you mean 'price'?"},
        {"menu.2.price", "there is no menu.2: menu has 2 tables, counted from 0"},
        {"menu.price", "name the setting of one of them, as in menu.0.color"},
        {"menu.-1.price", "name the setting of one of them"},
        {"menu.99999999999999999999.price", "there is no menu.99999999999999999999"},
        {"menu.1", "name the setting of one of them"},
        {"menu.1.", "menu.1 has no setting ''"},
    };
    const pes_value one = integer(1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_FAILS(PES_E_ARGUMENT, wrong[i].words,
                    pes_field_set(&table, &s, wrong[i].name, &one));
    }
    CHECK_FAILS(PES_E_ARGUMENT, "menu.0.color must be one of red, green, blue; it is not given",
                pes_fields_check(&table, &s));
    s.menu.row[0].color = s.menu.row[1].color = "red";
    CHECK_OK(pes_fields_check(&table, &s));
    char own[8] = "green";
    s.menu.row[1].color = own;
    CHECK_OK(pes_fields_adopt(&table, &s));
    assert_true(s.menu.row[1].color == color_name(1));
    s.menu.row[1].price = -1.0;
    CHECK_FAILS(PES_E_ARGUMENT, "menu.1.price must be a number from 0 to 9, not -1",
                pes_fields_check(&table, &s));
    s.menu.count = 4;
    CHECK_FAILS(PES_E_ARGUMENT, "at most 3 tables", pes_fields_check(&table, &s));
}

static void names_are_suggested_when_near(void **state) {
    (void)state;
    refuses("cuont", integer(1), "[sample] has no setting 'cuont'; did you mean 'count'?");
    refuses("weihgts", integer(1), "did you mean 'weights'?");
    sample s = fresh();
    const pes_value value = integer(1);
    CHECK_FAILS(PES_E_ARGUMENT, "has no setting 'temperature'",
                pes_field_set(&table, &s, "temperature", &value));
    assert_null(strstr(pes_last_error(), "did you mean"));
    assert_null(pes_field_nearest(&table, "temperature"));
    char endless[2000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(pes_field_nearest(&table, endless));
    assert_string_equal(pes_field_find(&table, "loud")->name, "loud");
}

static void whole_structs_are_checked(void **state) {
    (void)state;
    sample s = fresh();
    CHECK_OK(pes_fields_check(&table, &s));
    s.rate = 2.0;
    CHECK_FAILS(PES_E_ARGUMENT, "rate must be", pes_fields_check(&table, &s));
    s = fresh(), s.color = "gray";
    CHECK_FAILS(PES_E_ARGUMENT, "color must be", pes_fields_check(&table, &s));
    s = fresh(), s.widths.count = 99;
    CHECK_FAILS(PES_E_ARGUMENT, "widths must have", pes_fields_check(&table, &s));
    char own[8] = "green";
    s = fresh(), s.color = own;
    CHECK_OK(pes_fields_adopt(&table, &s));
    assert_true(s.color == color_name(1));
}

static void values_come_out_as_they_went_in(void **state) {
    (void)state;
    sample s = fresh();
    takes(&s, "count", integer(42));
    takes(&s, "rate", real(0.25));
    takes(&s, "color", text("blue"));
    takes(&s, "note", text("hello"));
    takes(&s, "widths", integers(2, 3));
    assert_int_equal(pes_field_get(&fields[0], &s).integer, 42);
    CHECK_NEAR(0.25, pes_field_get(&fields[1], &s).real, 0.0);
    assert_string_equal(pes_field_get(&fields[4], &s).text, "blue");
    assert_string_equal(pes_field_get(&fields[5], &s).text, "hello");
    assert_int_equal(pes_field_get(&fields[6], &s).integers.value[1], 3);
    char room[8];
    assert_string_equal(pes_field_range(&fields[0], room, sizeof room), "an inte");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_hold_at_both_ends),
        cmocka_unit_test(integers_become_numbers_and_seeds),
        cmocka_unit_test(choices_and_texts),
        cmocka_unit_test(lists_and_their_elements),
        cmocka_unit_test(rows_are_structs_of_their_own),
        cmocka_unit_test(rows_are_refused_by_their_path),
        cmocka_unit_test(names_are_suggested_when_near),
        cmocka_unit_test(whole_structs_are_checked),
        cmocka_unit_test(values_come_out_as_they_went_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
