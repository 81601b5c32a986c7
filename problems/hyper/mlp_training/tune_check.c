// Everything that may be wrong in the tables [[problem.tune]], in one sentence each.

#include <math.h>
#include <string.h>

#include "problems/hyper/mlp_training/optimizer.h"
#include "problems/hyper/mlp_training/tune.h"

static bool is(const char *text, const char *word) {
    return strcmp(text, word) == 0;
}

// ---- a table by itself ----------------------------------------------------------------------

static pes_status check_scope(const pes_mlp_tune_row *row, int64_t number, int64_t hidden) {
    const pes_mlp_hyper_row *hyper = pes_mlp_hyper_get(pes_mlp_hyper_find(row->name));
    const bool too_fine = (is(row->per, "tensor") && !is(hyper->finest, "tensor")) ||
                          (is(row->per, "layer") && is(hyper->finest, "all"));
    PES_PROBLEM_REQUIRE(!too_fine, PES_E_ARGUMENT,
                        "tune.%lld.per cannot be %s: %s belongs to %s; the finest is %s",
                        (long long)number, row->per, row->name, hyper->belongs, hyper->finest);
    PES_PROBLEM_REQUIRE(is(row->only, "all") || hyper->scope == PES_MLP_SCOPE_TENSOR,
                        PES_E_ARGUMENT,
                        "tune.%lld.only cannot be %s: %s belongs to %s, not to tensors; remove "
                        "it",
                        (long long)number, row->only, row->name, hyper->belongs);
    PES_PROBLEM_REQUIRE(hidden > 0 || hyper->scope != PES_MLP_SCOPE_HIDDEN, PES_E_ARGUMENT,
                        "tune.%lld: %s belongs to %s, and there is none; remove the table or "
                        "give hidden",
                        (long long)number, row->name, hyper->belongs);
    return PES_OK;
}

static pes_status check_knots(const pes_mlp_tune_row *row, int64_t number) {
    const bool wants = pes_mlp_schedule_find(row->schedule)->num_params == 0;
    PES_PROBLEM_REQUIRE(!wants || row->knots >= 2, PES_E_ARGUMENT,
                        "tune.%lld.knots must be from 2 to %d for the schedule %s, not %lld",
                        (long long)number, PES_MLP_KNOTS, row->schedule, (long long)row->knots);
    PES_PROBLEM_REQUIRE(wants || row->knots == 0, PES_E_ARGUMENT,
                        "tune.%lld.knots is for the schedule piecewise, not for %s; remove it",
                        (long long)number, row->schedule);
    return PES_OK;
}

// A pair of numbers, or none.
static pes_status check_pair(const pes_real_list *pair, int64_t number, const char *name) {
    PES_PROBLEM_REQUIRE(pair->count == 0 || pair->count == 2, PES_E_ARGUMENT,
                        "tune.%lld.%s must be two numbers, low and high, not %lld",
                        (long long)number, name, (long long)pair->count);
    PES_PROBLEM_REQUIRE(pair->count == 0 || pair->value[0] < pair->value[1], PES_E_ARGUMENT,
                        "tune.%lld.%s goes from %g to %g; the first must be the smaller one",
                        (long long)number, name, pair->value[0], pair->value[1]);
    return PES_OK;
}

static pes_status check_alone(const pes_mlp_tune_row *row, int64_t number, int64_t hidden) {
    PES_PROBLEM_TRY(check_scope(row, number, hidden));
    PES_PROBLEM_TRY(check_knots(row, number));
    PES_PROBLEM_TRY(check_pair(&row->bounds, number, "bounds"));
    PES_PROBLEM_TRY(check_pair(&row->start_range, number, "start_range"));
    PES_PROBLEM_TRY(check_pair(&row->search_range, number, "search_range"));
    PES_PROBLEM_REQUIRE(row->start.count == 0 || row->start_range.count == 0, PES_E_ARGUMENT,
                        "tune.%lld has a start and a start_range; keep one of them",
                        (long long)number);
    return PES_OK;
}

static pes_status check_use(const pes_mlp_tune_row *row, int64_t number,
                            const pes_mlp_optimizer *optimizer) {
    PES_PROBLEM_REQUIRE(
        (optimizer->uses >> pes_mlp_hyper_find(row->name) & 1) != 0, PES_E_ARGUMENT,
        "tune.%lld: the inner optimizer %s makes no use of %s; remove the table "
        "or choose another inner_optimizer",
        (long long)number, optimizer->name, row->name);
    return PES_OK;
}

// ---- values ---------------------------------------------------------------------------------

// Is there a theta for a value that the settings give?
static pes_status check_value(const pes_mlp_tuned *row, int64_t param, double value,
                              const char *name) {
    const bool exponent = pes_mlp_schedule_is_exponent(row->schedule, param);
    const pes_mlp_transform *transform =
        exponent ? pes_mlp_transform_find("log") : row->course.transform;
    PES_PROBLEM_REQUIRE(exponent || (value >= row->low && value <= row->high), PES_E_ARGUMENT,
                        "tune.%lld.%s: %g is outside of the bounds of %s, %g to %g",
                        (long long)row->number, name, value, row->given->name, row->low,
                        row->high);
    PES_PROBLEM_REQUIRE(isfinite(pes_mlp_tune_inverse(row, param, value)), PES_E_ARGUMENT,
                        "tune.%lld.%s: the transform %s cannot take %g for %s%s; it takes %s",
                        (long long)row->number, name, transform->name, value,
                        exponent ? "the exponent of " : "", row->given->name, transform->takes);
    return PES_OK;
}

static pes_status check_bounds(const pes_mlp_tuned *row) {
    const char *name = row->given->name;
    const pes_field *field = pes_field_find(&pes_mlp_fields, name);
    PES_PROBLEM_REQUIRE(
        row->low >= field->minimum && row->high <= field->maximum, PES_E_ARGUMENT,
        "tune.%lld.bounds: %s may be from %g to %g only, not from %g to %g",
        (long long)row->number, name, field->minimum, field->maximum, row->low, row->high);
    PES_PROBLEM_REQUIRE(!is(row->course.transform->name, "logit") ||
                            isfinite(row->course.bounds.high),
                        PES_E_ARGUMENT,
                        "tune.%lld: the transform logit needs an upper end, and %s has none; "
                        "give bounds = [low, high]",
                        (long long)row->number, name);
    return PES_OK;
}

static pes_status check_start_count(const pes_mlp_tuned *row) {
    const int64_t params = row->course.params, all = row->course.targets * params;
    const int64_t count = row->start->count;
    PES_PROBLEM_REQUIRE(count <= 1 || count == params || count == all, PES_E_ARGUMENT,
                        "tune.%lld.start has %lld values; give one for all, %lld for the "
                        "parameters of the schedule %s, or %lld for every parameter",
                        (long long)row->number, (long long)count, (long long)params,
                        row->schedule->name, (long long)all);
    return PES_OK;
}

static pes_status check_start(const pes_mlp_tune *tune, const pes_mlp_tuned *row) {
    const pes_mlp_tune_row *given = row->given;
    PES_PROBLEM_TRY(check_start_count(row));
    if (given->start_range.count == 2) {
        PES_PROBLEM_TRY(check_value(row, 0, given->start_range.value[0], "start_range"));
        return check_value(row, 0, given->start_range.value[1], "start_range");
    }
    for (int64_t i = 0; i < row->course.targets * row->course.params; i++) {
        const int64_t param = i % row->course.params;
        const double value = pes_mlp_tune_start_value(tune, row, i);
        const bool fits = value >= row->low &&
                          value <= row->high && // of a value that nobody gave here
                          isfinite(pes_mlp_tune_inverse(row, param, value));
        PES_PROBLEM_REQUIRE(given->start.count > 0 || fits ||
                                pes_mlp_schedule_is_exponent(row->schedule, param),
                            PES_E_ARGUMENT,
                            "tune.%lld needs a start: the setting %s is %g, which bounds or "
                            "transform exclude",
                            (long long)row->number, given->name, value);
        PES_PROBLEM_TRY(check_value(row, param, value, "start"));
    }
    return PES_OK;
}

static pes_status check_search(const pes_mlp_tuned *row) {
    for (int64_t i = 0; i < row->given->search_range.count; i++) {
        PES_PROBLEM_TRY(check_value(row, 0, row->given->search_range.value[i], "search_range"));
    }
    return PES_OK;
}

// ---- tables together ------------------------------------------------------------------------

static pes_status check_twice(const pes_mlp_tune_list *list, int64_t second) {
    const pes_mlp_tune_row *b = &list->row[second];
    for (int64_t first = 0; first < second; first++) {
        const pes_mlp_tune_row *a = &list->row[first];
        const bool apart = !is(a->only, "all") && !is(b->only, "all") && !is(a->only, b->only);
        PES_PROBLEM_REQUIRE(!is(a->name, b->name) || apart, PES_E_ARGUMENT,
                            "tune.%lld lists %s, as tune.%lld does; keep one of them, or one "
                            "with only = \"weights\" and one with only = \"biases\"",
                            (long long)second, b->name, (long long)first);
    }
    return PES_OK;
}

pes_status pes_mlp_tune_check(const pes_mlp_options *options) {
    const pes_mlp_tune_list *list = &options->tune;
    const pes_mlp_optimizer *optimizer = pes_mlp_optimizer_find(options->inner_optimizer);
    pes_mlp_tune tune;
    for (int64_t i = 0; i < list->count; i++) {
        PES_PROBLEM_TRY(check_alone(&list->row[i], i, options->hidden.count));
        PES_PROBLEM_TRY(check_use(&list->row[i], i, optimizer));
        PES_PROBLEM_TRY(check_twice(list, i));
    }
    pes_mlp_tune_make(&tune, options);
    for (int64_t r = 0; r < tune.count && tune.row[r].given != NULL; r++) {
        PES_PROBLEM_TRY(check_bounds(&tune.row[r]));
        PES_PROBLEM_TRY(check_start(&tune, &tune.row[r]));
        PES_PROBLEM_TRY(check_search(&tune.row[r]));
    }
    return PES_OK;
}
