// Which runs belong together, what to call them, and their curves.

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/catalog.h"
#include "cli/runs.h"

// ---- groups ---------------------------------------------------------------------------

static bool add_to_group(runs_group *group, const runs_run *run) {
    const size_t count = (size_t)group->count + 1;
    const runs_run **longer = realloc(group->run, count * sizeof(runs_run *));
    if (longer == NULL) {
        return false;
    }
    group->run = longer;
    group->run[group->count++] = run;
    return true;
}

// Runs of different variants meet in a group where what sets these apart is left out of keys.
static const char *common_variant(const runs_group *group) {
    const char *name = group->run[0]->setup.variant_name;
    for (int64_t i = 1; name != NULL && i < group->count; i++) {
        const char *other = group->run[i]->setup.variant_name;
        name = other != NULL && strcmp(name, other) == 0 ? name : NULL;
    }
    return name;
}

static bool same_family(const runs_group *a, const runs_group *b) {
    if (a->variant != NULL && b->variant != NULL) {
        return strcmp(a->variant, b->variant) == 0;
    }
    return a->variant == b->variant && strcmp(a->method, b->method) == 0;
}

static bool find_groups(runs *all) {
    all->group = calloc((size_t)all->count, sizeof *all->group);
    for (int64_t i = 0; all->group != NULL && i < all->count; i++) {
        runs_run *run = &all->run[i];
        int64_t g = 0;
        while (g < all->groups && strcmp(all->group[g].run[0]->key, run->key) != 0) {
            g++;
        }
        all->groups += g == all->groups;
        run->group = g;
        if (!add_to_group(&all->group[g], run)) {
            return false;
        }
        all->group[g].method = experiment_method(&all->group[g].run[0]->setup);
        all->group[g].is_search = experiment_is_search(&all->group[g].run[0]->setup);
        all->group[g].variant = common_variant(&all->group[g]);
    }
    return all->group != NULL;
}

// ---- labels ---------------------------------------------------------------------------

static const json_t *setting(const runs_group *group, const char *table, const char *key) {
    return json_object_get(json_object_get(group->run[0]->settings, table), key);
}

// Settings by which no group is called: the method has a name of its own, and the others do not
// change what an update does.
static bool is_silent(const char *table, const char *key) {
    static const char *const silent[][2] = {
        {"estimator", "method"},
        {"search", "method"},
        {"search", "cohort"},
        {"run", "seed"},
        {"run", "threads"},
        {"run", "updates"},
        {"run", "inner_steps"},
        {"run", "log_every"},
        {"run", "evaluate_every"},
        {"run", "evaluation_episodes"},
        {"run", "evaluation_steps"},
        {"run", "checkpoint_every"},
        {"run", "events"},
        {"run", "checkpoint_seconds"},
        {"run", "evaluation_objective"},
    };
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        if (strcmp(table, silent[i][0]) == 0 && strcmp(key, silent[i][1]) == 0) {
            return true;
        }
    }
    return false;
}

// A search has no optimizer, and of [estimator] only what the objective is.
bool runs_looks_at(const runs_group *group, const char *table, const char *key) {
    if (!group->is_search) {
        return strcmp(table, "search") != 0;
    }
    return strcmp(table, "optimizer") != 0 &&
           (strcmp(table, "estimator") != 0 || strcmp(key, "objective") == 0 ||
            strcmp(key, "horizon") == 0);
}

// Do groups that look at this setting differ in it? With `family` not NULL, only those of its
// family count.
static bool differs(const runs *all, const runs_group *family, const char *table,
                    const char *key) {
    const json_t *first = NULL;
    for (int64_t g = 0; g < all->groups; g++) {
        const json_t *value = setting(&all->group[g], table, key);
        if (!runs_looks_at(&all->group[g], table, key) ||
            (family != NULL && !same_family(family, &all->group[g]))) {
            continue;
        }
        if (first != NULL && !json_equal(first, value)) {
            return true;
        }
        first = value;
    }
    return false;
}

static void append(char label[RUNS_LABEL], const char *key, const json_t *value) {
    char *text = cli_json_text(json_incref((json_t *)(uintptr_t)value), false);
    if (json_is_string(value) || text == NULL) {
        free(text);
        text = strdup(json_is_string(value) ? json_string_value(value) : "?");
    }
    const size_t used = strlen(label);
    snprintf(label + used, RUNS_LABEL - used, "%s%s = %s", used > 0 ? ", " : "", key,
             text != NULL ? text : "?");
    free(text);
}

// Appends every setting in which the group differs from others of its family; `extra` takes
// what has no column of its own in a table, and compares with all groups unless a variant's
// name says the rest.
static void name_differences(const runs *all, runs_group *group) {
    const runs_group *others = group->variant != NULL ? group : NULL;
    const char *table = NULL;
    json_t *settings = NULL;
    json_object_foreach(group->run[0]->settings, table, settings) {
        const char *key = NULL;
        json_t *value = NULL;
        json_object_foreach(settings, key, value) {
            if (is_silent(table, key) || !runs_looks_at(group, table, key)) {
                continue;
            }
            const bool column =
                strcmp(table, "estimator") == 0 &&
                (strcmp(key, "truncation") == 0 || strcmp(key, "particles") == 0);
            if (differs(all, group, table, key)) {
                append(group->label, key, value);
            }
            if (!column && differs(all, others, table, key)) {
                append(group->extra, key, value);
            }
        }
    }
}

// "Persistent Evolution Strategies", "random search".
static const char *find_title(const runs_group *group) {
    for (int64_t i = 0; group->is_search && pes_search_get(i) != NULL; i++) {
        if (strcmp(pes_search_get(i)->name, group->method) == 0) {
            return pes_search_get(i)->title;
        }
    }
    const pes_method_info *info = catalog_method(group->method);
    return info != NULL ? info->title : group->method;
}

static void begin_names(runs_group *group) {
    const char *title = find_title(group);
    const bool is_variant = group->variant != NULL;
    snprintf(group->label, sizeof group->label, "%s", is_variant ? group->variant : title);
    snprintf(group->extra, sizeof group->extra, "%s", is_variant ? group->variant : "");
    if (!is_variant) {
        group->label[0] = (char)toupper((unsigned char)group->label[0]);
    }
}

int runs_make_groups(runs *all) {
    if (!find_groups(all)) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    for (int64_t g = 0; g < all->groups; g++) {
        runs_group *group = &all->group[g];
        begin_names(group);
        name_differences(all, group);
    }
    return CLI_OK;
}

// ---- curves ---------------------------------------------------------------------------

static int compare_reals(const void *a, const void *b) {
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

// Every update at which some run was evaluated, in order, each once.
static int64_t find_updates(const runs_group *group, double **out) {
    size_t capacity = 1;
    for (int64_t r = 0; r < group->count; r++) {
        capacity += (size_t)group->run[r]->evaluations.count;
    }
    *out = malloc(capacity * sizeof **out);
    int64_t count = 0;
    for (int64_t r = 0; *out != NULL && r < group->count; r++) {
        const runs_rows *rows = &group->run[r]->evaluations;
        for (int64_t i = 0; i < rows->count; i++) {
            (*out)[count++] = rows->row[i].update;
        }
    }
    int64_t kept = 0;
    if (*out != NULL) {
        qsort(*out, (size_t)count, sizeof **out, compare_reals);
    }
    for (int64_t i = 0; i < count; i++) {
        if (i == 0 || (*out)[i] != (*out)[i - 1]) {
            (*out)[kept++] = (*out)[i];
        }
    }
    return *out != NULL ? kept : -1;
}

// Has every run a row at this update that has rows later than `before` at all? A run that was
// stopped earlier has none, and is not waited for.
static bool is_common(const runs_group *group, double before, double update) {
    for (int64_t r = 0; r < group->count; r++) {
        const runs_rows *rows = &group->run[r]->evaluations;
        bool later = false, there = false;
        for (int64_t i = 0; i < rows->count; i++) {
            later = later || rows->row[i].update > before;
            there = there || rows->row[i].update == update;
        }
        if (later && !there) {
            return false;
        }
    }
    return true;
}

// The common ones among updates, into `out`, which may be `update` or NULL; how many.
static int64_t find_common(const runs_group *group, int64_t count, const double *update,
                           double *out) {
    int64_t common = 0;
    double before = -1.0;
    for (int64_t i = 0; i < count; i++) {
        if (is_common(group, before, update[i])) {
            before = update[i];
            if (out != NULL) {
                out[common] = before;
            }
            common++;
        }
    }
    return common;
}

// Runs that end by their inner steps end at updates of their own, where a mean would be that of
// one or two seeds: these are left out, unless next to nothing would remain. The points of
// searches are never common.
static int64_t keep_common(const runs_group *group, int64_t count, double *update) {
    if (group->is_search || find_common(group, count, update, NULL) < 2) {
        return count;
    }
    return find_common(group, count, update, update);
}

// The runs' values at one update; `at` is where each run's search goes on.
static runs_point point_at(const runs_group *group, double update, int64_t *at, double *value) {
    int64_t found = 0;
    double steps = 0.0;
    for (int64_t r = 0; r < group->count; r++) {
        const runs_rows *rows = &group->run[r]->evaluations;
        while (at[r] < rows->count && rows->row[at[r]].update < update) {
            at[r]++;
        }
        if (at[r] < rows->count && rows->row[at[r]].update == update) {
            steps += rows->row[at[r]].inner_steps;
            value[found++] = rows->row[at[r]].value;
        }
    }
    return (runs_point){
        .update = update,
        .inner_steps = steps / (double)found,
        .value = runs_range_of(found, value),
    };
}

int64_t runs_group_points(const runs_group *group, runs_point **out) {
    double *update = NULL;
    int64_t count = find_updates(group, &update);
    count = count > 0 ? keep_common(group, count, update) : count;
    int64_t *at = calloc((size_t)group->count, sizeof *at);
    double *value = calloc((size_t)group->count, sizeof *value);
    *out = malloc(((size_t)(count > 0 ? count : 0) + 1) * sizeof **out);
    const bool good = count >= 0 && at != NULL && value != NULL && *out != NULL;
    for (int64_t i = 0; good && i < count; i++) {
        (*out)[i] = point_at(group, update[i], at, value);
    }
    free(value);
    free(at);
    free(update);
    if (!good) {
        free(*out);
        *out = NULL;
    }
    return good ? count : -1;
}
