#include "base/fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

static bool in_range(const pes_field *field, double x) {
    return x <= field->maximum &&
           (field->above_minimum ? x > field->minimum : x >= field->minimum);
}

// Appends to a text that may be full already.
static void append(char *out, size_t capacity, const char *more) {
    const size_t used = strlen(out);
    if (used + 1 < capacity) {
        snprintf(out + used, capacity - used, "%s", more);
    }
}

static void append_interval(const pes_field *field, bool whole, char *out, size_t capacity) {
    char text[96];
    const bool low = field->minimum > (whole ? -9e18 : -1e300);
    const bool high = field->maximum < (whole ? 9e18 : 1e300);
    if (low) {
        snprintf(text, sizeof text, field->above_minimum ? " above %.15g" : " from %.15g",
                 field->minimum);
        append(out, capacity, text);
    }
    if (high) {
        snprintf(text, sizeof text, "%s%.15g",
                 !low ? " up to " : (field->above_minimum ? ", at most " : " to "),
                 field->maximum);
        append(out, capacity, text);
    } else if (low && !field->above_minimum) {
        append(out, capacity, " upwards");
    }
}

static void append_choices(const pes_field *field, char *out, size_t capacity) {
    append(out, capacity, "one of ");
    for (int64_t i = 0; field->choice(i) != NULL; i++) {
        append(out, capacity, i > 0 ? ", " : "");
        append(out, capacity, field->choice(i));
    }
}

char *pes_field_range(const pes_field *field, char *out, size_t capacity) {
    static const struct {
        const char *words;
        bool interval;
        bool whole;
    } form[] = {
        [PES_FIELD_INT] = {"an integer", true, true},
        [PES_FIELD_REAL] = {"a number", true, false},
        [PES_FIELD_BOOL] = {"true or false", false, false},
        [PES_FIELD_SEED] = {"an integer from 0 upwards", false, false},
        [PES_FIELD_CHOICE] = {"", false, false},
        [PES_FIELD_TEXT] = {"a text of at most 255 bytes", false, false},
        [PES_FIELD_INT_LIST] = {"a list of at most 16 integers", true, true},
        [PES_FIELD_REAL_LIST] = {"a list of at most 16 numbers", true, false},
        [PES_FIELD_ROWS] = {"a list of tables", false, false},
    };
    if (capacity == 0) {
        return out;
    }
    out[0] = '\0';
    append(out, capacity, form[field->type].words);
    if (field->type == PES_FIELD_CHOICE) {
        append_choices(field, out, capacity);
    } else if (field->type == PES_FIELD_ROWS) {
        snprintf(out, capacity, "a list of at most %lld tables [[%s]]",
                 (long long)field->capacity, field->rows->name);
    } else if (form[field->type].interval) {
        append_interval(field, form[field->type].whole, out, capacity);
    }
    return out;
}

static pes_status not_allowed(const pes_field *field, const char *given) {
    char range[320];
    pes_field_range(field, range, sizeof range);
    const char *nearest =
        field->type == PES_FIELD_CHOICE ? pes_field_nearest_choice(field, given) : NULL;
    if (nearest != NULL) {
        return pes_fail(PES_E_ARGUMENT, "%s must be %s, not '%s'; did you mean '%s'?",
                        field->name, range, given, nearest);
    }
    return pes_fail(PES_E_ARGUMENT, "%s must be %s, not %s", field->name, range, given);
}

static pes_status check_number(const pes_field *field, double x) {
    if (isfinite(x) && in_range(field, x)) {
        return PES_OK;
    }
    char given[40];
    snprintf(given, sizeof given, "%.15g", x);
    return not_allowed(field, given);
}

static pes_status check_list(const pes_field *field, int64_t count) {
    PES_REQUIRE(count >= 0 && count <= PES_LIST_SIZE, PES_E_ARGUMENT,
                "%s must have at most %d elements, not %lld", field->name, PES_LIST_SIZE,
                (long long)count);
    return PES_OK;
}

static pes_status check_choice(const pes_field *field, const char *text) {
    if (text == NULL) {
        char range[320];
        return pes_fail(PES_E_ARGUMENT, "%s must be %s; it is not given", field->name,
                        pes_field_range(field, range, sizeof range));
    }
    return pes_field_known_choice(field, text) != NULL ? PES_OK : not_allowed(field, text);
}

static pes_status check(const pes_field *field, const pes_value *value);

static pes_status check_rows(const pes_field *field, const pes_value *value) {
    PES_REQUIRE(value->count >= 0 && value->count <= field->capacity, PES_E_ARGUMENT,
                "%s must have at most %lld tables, not %lld", field->name,
                (long long)field->capacity, (long long)value->count);
    const pes_field_table *table = field->rows;
    for (int64_t i = 0; value->rows != NULL && i < value->count * table->count; i++) {
        char path[PES_TEXT_SIZE];
        const int64_t row = i / table->count;
        pes_field inner = table->field[i % table->count];
        snprintf(path, sizeof path, "%s.%lld.%s", field->name, (long long)row, inner.name);
        inner.name = path;
        const pes_value member = pes_field_get(&inner, (const unsigned char *)value->rows +
                                                           (size_t)row * table->struct_size);
        PES_TRY(check(&inner, &member));
    }
    return PES_OK;
}

// Is the value allowed? Its type is the field's already.
static pes_status check(const pes_field *field, const pes_value *value) {
    switch (field->type) {
    case PES_FIELD_INT:
        return check_number(field, (double)value->integer);
    case PES_FIELD_REAL:
        return check_number(field, value->real);
    case PES_FIELD_CHOICE:
        return check_choice(field, value->text);
    case PES_FIELD_TEXT:
        PES_REQUIRE(value->text != NULL && memchr(value->text, '\0', PES_TEXT_SIZE) != NULL,
                    PES_E_ARGUMENT, "%s must be a text of at most %d bytes", field->name,
                    PES_TEXT_SIZE - 1);
        return PES_OK;
    case PES_FIELD_INT_LIST:
        PES_TRY(check_list(field, value->integers.count));
        for (int64_t i = 0; i < value->integers.count; i++) {
            PES_TRY(check_number(field, (double)value->integers.value[i]));
        }
        return PES_OK;
    case PES_FIELD_REAL_LIST:
        PES_TRY(check_list(field, value->reals.count));
        for (int64_t i = 0; i < value->reals.count; i++) {
            PES_TRY(check_number(field, value->reals.value[i]));
        }
        return PES_OK;
    case PES_FIELD_ROWS:
        return check_rows(field, value);
    case PES_FIELD_BOOL:
    case PES_FIELD_SEED:
        return PES_OK;
    }
    return PES_OK;
}

// A list of numbers from what was given: a number, a list of integers or of numbers, and an
// empty one.
static bool convert_list(const pes_field *field, const pes_value *given, pes_value *value) {
    const bool whole = field->type == PES_FIELD_INT_LIST;
    const bool given_whole = given->type == PES_FIELD_INT || given->type == PES_FIELD_INT_LIST;
    if (given->type == PES_FIELD_INT || given->type == PES_FIELD_REAL) {
        value->integers = (pes_int_list){.count = 1, .value = {given->integer}};
        value->reals = (pes_real_list){
            .count = 1, .value = {given_whole ? (double)given->integer : given->real}};
        return given_whole || !whole;
    }
    if (given->type != PES_FIELD_INT_LIST && given->type != PES_FIELD_REAL_LIST) {
        return false;
    }
    const int64_t count = given_whole ? given->integers.count : given->reals.count;
    for (int64_t i = 0; given_whole && i < count && i < PES_LIST_SIZE; i++) {
        value->reals.value[i] = (double)given->integers.value[i];
    }
    value->reals.count = count;
    value->integers.count = count;
    return given_whole || !whole || count == 0;
}

// A list without elements has no type of its own.
static bool is_empty_list(const pes_value *given) {
    return (given->type == PES_FIELD_INT_LIST && given->integers.count == 0) ||
           (given->type == PES_FIELD_REAL_LIST && given->reals.count == 0);
}

// Integers are numbers too, and a number is a list of one: the conversions that lose nothing.
static bool convert(const pes_field *field, const pes_value *given, pes_value *value) {
    *value = *given;
    value->type = field->type;
    if (given->type == field->type) {
        return true;
    }
    if (given->type == PES_FIELD_INT && field->type == PES_FIELD_REAL) {
        value->real = (double)given->integer;
        return true;
    }
    if (given->type == PES_FIELD_INT && field->type == PES_FIELD_SEED) {
        value->seed = (uint64_t)given->integer;
        return given->integer >= 0;
    }
    if (field->type == PES_FIELD_INT_LIST || field->type == PES_FIELD_REAL_LIST) {
        return convert_list(field, given, value);
    }
    if (field->type == PES_FIELD_ROWS) {
        value->count = 0;
        return is_empty_list(given);
    }
    return (given->type == PES_FIELD_TEXT && field->type == PES_FIELD_CHOICE) ||
           (given->type == PES_FIELD_CHOICE && field->type == PES_FIELD_TEXT);
}

static void adopt_choices(const pes_field_table *table, void *options);

static void store_rows(const pes_field *field, void *options, const pes_value *value) {
    const size_t size = field->rows->struct_size;
    memcpy((unsigned char *)options + field->offset, &value->count, sizeof value->count);
    for (int64_t i = 0; i < value->count; i++) {
        void *row = pes_field_row(field, options, i);
        if (value->rows != NULL) {
            memmove(row, (const unsigned char *)value->rows + (size_t)i * size, size);
            adopt_choices(field->rows, row);
        } else {
            field->rows->set_default(row);
        }
    }
}

static void store(const pes_field *field, void *options, const pes_value *value) {
    unsigned char *member = (unsigned char *)options + field->offset;
    const char *text = NULL;
    switch (field->type) {
    case PES_FIELD_INT:
        memcpy(member, &value->integer, sizeof value->integer);
        break;
    case PES_FIELD_REAL:
        memcpy(member, &value->real, sizeof value->real);
        break;
    case PES_FIELD_BOOL:
        memcpy(member, &value->boolean, sizeof value->boolean);
        break;
    case PES_FIELD_SEED:
        memcpy(member, &value->seed, sizeof value->seed);
        break;
    case PES_FIELD_CHOICE:
        text = pes_field_known_choice(field, value->text);
        memcpy(member, &text, sizeof text);
        break;
    case PES_FIELD_TEXT:
        snprintf((char *)member, PES_TEXT_SIZE, "%s", value->text);
        break;
    case PES_FIELD_INT_LIST:
        memcpy(member, &value->integers, sizeof value->integers);
        break;
    case PES_FIELD_REAL_LIST:
        memcpy(member, &value->reals, sizeof value->reals);
        break;
    case PES_FIELD_ROWS:
        store_rows(field, options, value);
        break;
    }
}

pes_value pes_field_get(const pes_field *field, const void *options) {
    const unsigned char *member = (const unsigned char *)options + field->offset;
    pes_value value = {.type = field->type};
    switch (field->type) {
    case PES_FIELD_INT:
        memcpy(&value.integer, member, sizeof value.integer);
        break;
    case PES_FIELD_REAL:
        memcpy(&value.real, member, sizeof value.real);
        break;
    case PES_FIELD_BOOL:
        memcpy(&value.boolean, member, sizeof value.boolean);
        break;
    case PES_FIELD_SEED:
        memcpy(&value.seed, member, sizeof value.seed);
        break;
    case PES_FIELD_CHOICE:
        memcpy(&value.text, member, sizeof value.text);
        break;
    case PES_FIELD_TEXT:
        value.text = (const char *)member;
        break;
    case PES_FIELD_INT_LIST:
        memcpy(&value.integers, member, sizeof value.integers);
        break;
    case PES_FIELD_REAL_LIST:
        memcpy(&value.reals, member, sizeof value.reals);
        break;
    case PES_FIELD_ROWS:
        memcpy(&value.count, member, sizeof value.count);
        value.rows = member + sizeof value.count;
        value.table = field->rows;
        break;
    }
    return value;
}

const void *pes_value_row(const pes_value *value, int64_t index) {
    return (const unsigned char *)value->rows + (size_t)index * value->table->struct_size;
}

pes_status pes_field_set(const pes_field_table *table, void *options, const char *name,
                         const pes_value *value) {
    pes_field_place place;
    pes_value converted;
    PES_TRY(pes_field_locate(table, options, name, &place));
    if (!convert(&place.field, value, &converted)) {
        char range[320];
        return pes_fail(PES_E_ARGUMENT, "%s must be %s", name,
                        pes_field_range(&place.field, range, sizeof range));
    }
    PES_TRY(check(&place.field, &converted));
    store(&place.field, place.options, &converted);
    return PES_OK;
}

pes_status pes_fields_check(const pes_field_table *table, const void *options) {
    for (int64_t i = 0; i < table->count; i++) {
        const pes_value value = pes_field_get(&table->field[i], options);
        PES_TRY(check(&table->field[i], &value));
    }
    return PES_OK;
}

// Choices of a struct, and of the rows in it.
static void adopt_choices(const pes_field_table *table, void *options) {
    for (int64_t i = 0; i < table->count; i++) {
        const pes_field *field = &table->field[i];
        const pes_value value = pes_field_get(field, options);
        if (field->type == PES_FIELD_CHOICE) {
            store(field, options, &value);
        }
        for (int64_t row = 0; field->type == PES_FIELD_ROWS && row < value.count; row++) {
            adopt_choices(field->rows, pes_field_row(field, options, row));
        }
    }
}

pes_status pes_fields_adopt(const pes_field_table *table, void *options) {
    PES_TRY(pes_fields_check(table, options));
    adopt_choices(table, options);
    return PES_OK;
}
