// The search's settings and kinds: the tables that everything which prints or reads them walks.

#include "search/options.h"

#include <string.h>

#include "base/fields.h"
#include "base/status.h"

// ---- kinds --------------------------------------------------------------------------

// `uses`: the settings that mean something to it, besides method, low, high and episodes.
typedef struct kind {
    pes_search_info info;
    const char *uses[4];
} kind;

static const kind kinds[] = {
    {{.name = "random",
      .title = "random search",
      .source = "Bergstra and Bengio 2012",
      .summary = "points uniform in the box, whole episodes each"},
     {"points", "cohort"}},
    {{.name = "grid",
      .title = "grid search",
      .source = "",
      .summary = "every combination of equally spaced values, whole episodes each"},
     {"grid_points", "cohort"}},
    {{.name = "successive_halving",
      .title = "successive halving",
      .source = "Jamieson and Talwalkar 2016",
      .summary = "random points of which the best of every eta go on after each rung, the "
                 "last ones to the horizon"},
     {"points", "eta", "min_steps"}},
    {{.name = "hyperband",
      .title = "Hyperband",
      .source = "Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar 2018",
      .summary = "successive halving in brackets, from many points and short rungs to few "
                 "points and whole episodes"},
     {"eta", "min_steps"}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const pes_search_info *pes_search_get(int64_t index) {
    return index >= 0 && index < KINDS ? &kinds[index].info : NULL;
}

static const char *method_name(int64_t index) {
    return index == 0                    ? "none"
           : index > 0 && index <= KINDS ? kinds[index - 1].info.name
                                         : NULL;
}

// ---- settings -----------------------------------------------------------------------

static void set_default(void *options) {
    const pes_search_options start = pes_search_options_default();
    memcpy(options, &start, sizeof start);
}

#define FIELD(member, kind, ...) PES_FIELD(pes_search_options, member, kind, __VA_ARGS__)

static const pes_field fields[] = {
    FIELD(method, CHOICE, .unit = "", .choice = method_name,
          .summary =
              "search for good parameters instead of estimating gradients; none: do not"),
    FIELD(points, INT, .maximum = 1e9, .unit = "points",
          .summary = "points of random search, or of successive halving's first rung; 0: as "
                     "many as run.inner_steps allows, or eta to the number of eliminations"),
    FIELD(low, REAL_LIST, .minimum = -1e10, .maximum = 1e10, .unit = "",
          .summary = "least theta of each parameter, or one value for all; empty: the "
                     "problem's range"),
    FIELD(high, REAL_LIST, .minimum = -1e10, .maximum = 1e10, .unit = "",
          .summary = "largest theta of each parameter, or one value for all; empty: the "
                     "problem's range"),
    FIELD(grid_points, INT_LIST, .minimum = 1, .maximum = 1e6, .unit = "values",
          .summary = "a grid's equally spaced values on each axis, low and high included, or "
                     "one number for all axes"),
    FIELD(episodes, INT, .minimum = 1, .maximum = 1e6, .unit = "episodes",
          .summary = "whole episodes that judge a point, each on a stream of its own"),
    FIELD(eta, INT, .minimum = 2, .maximum = 1e6, .unit = "points",
          .summary = "one of so many points goes on after a rung of successive halving or "
                     "Hyperband, for about eta times as many inner steps"),
    FIELD(min_steps, INT, .maximum = 4294967296.0, .unit = "inner steps",
          .summary =
              "the first rung's inner steps are at least this many; 0: the horizon / 81"),
    FIELD(cohort, INT, .minimum = 1, .maximum = 1e6, .unit = "points",
          .summary = "points of random search and grid that are advanced together, which "
                     "takes as many states; no result depends on it"),
};

const pes_field_table *pes_search_fields(void) {
    static const pes_field_table table =
        PES_FIELD_TABLE("search", pes_search_options, fields, set_default);
    return &table;
}

// ---- what does not belong together --------------------------------------------------

static bool is_common(const char *name) {
    static const char *const common[] = {"method", "low", "high", "episodes"};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        if (strcmp(name, common[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool uses(const kind *one, const char *name) {
    for (int i = 0; i < 4 && one->uses[i] != NULL; i++) {
        if (strcmp(one->uses[i], name) == 0) {
            return true;
        }
    }
    return is_common(name);
}

// Values are zeroed where they mean nothing, so that bytes tell.
static bool is_default(const pes_field *field, const pes_search_options *options) {
    const pes_search_options usual = pes_search_options_default();
    const pes_value here = pes_field_get(field, options), there = pes_field_get(field, &usual);
    const bool lists = here.integers.count != there.integers.count;
    return here.integer == there.integer && !lists;
}

pes_status pes_search_check_options(pes_search_options *options) {
    PES_TRY(pes_fields_adopt(pes_search_fields(), options));
    int64_t k = 0;
    while (k < KINDS && strcmp(kinds[k].info.name, options->method) != 0) {
        k++;
    }
    PES_REQUIRE(k < KINDS, PES_E_ARGUMENT,
                "method \"%s\" is no search; choose random, grid, successive_halving or "
                "hyperband",
                options->method);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        PES_REQUIRE(uses(&kinds[k], fields[i].name) || is_default(&fields[i], options),
                    PES_E_ARGUMENT, "search.%s means nothing to %s; leave it out",
                    fields[i].name, kinds[k].info.title);
    }
    return PES_OK;
}
