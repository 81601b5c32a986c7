#include "cli/catalog.h"

#include <string.h>

#include "pes/estimator.h"
#include "pes/optimizer.h"
#include "pes/search.h"
#include "problems/problems.h"

static catalog_item get_problem(int64_t index) {
    const pes_problem_type *type = pes_problem_type_get(index);
    return type != NULL ? (catalog_item){type->name, type->summary, type->needs}
                        : (catalog_item){NULL, NULL, NULL};
}

static catalog_item get_method(int64_t index) {
    static const char *const needs[] = {NULL, "unroll_tangents", "unroll_adjoints",
                                        "unroll_tangents and unroll_adjoints"};
    const pes_method_info *info = pes_method_get(index);
    return info != NULL
               ? (catalog_item){info->name, info->summary,
                                needs[(info->tangents ? 1 : 0) + (info->adjoints ? 2 : 0)]}
               : (catalog_item){NULL, NULL, NULL};
}

static catalog_item get_optimizer(int64_t index) {
    const char *name = pes_optimizer_name(index);
    return name != NULL ? (catalog_item){name, pes_optimizer_summary(name), NULL}
                        : (catalog_item){NULL, NULL, NULL};
}

static catalog_item get_shaping(int64_t index) {
    const pes_shaping_info *info = pes_shaping_get(index);
    return info != NULL ? (catalog_item){info->name, info->summary, NULL}
                        : (catalog_item){NULL, NULL, NULL};
}

static catalog_item get_search(int64_t index) {
    const pes_search_info *info = pes_search_get(index);
    return info != NULL ? (catalog_item){info->name, info->summary, NULL}
                        : (catalog_item){NULL, NULL, NULL};
}

static catalog_item get_dataset(int64_t index) {
    const pes_dataset_info *info = pes_dataset_get(index);
    return info != NULL ? (catalog_item){info->name, info->summary, NULL}
                        : (catalog_item){NULL, NULL, NULL};
}

// The links that pes/optimizer.h offers for chains of one's own.
static catalog_item get_transform(int64_t index) {
    static const catalog_item item[] = {
        {"clip_value", "limits the magnitude of every element", NULL},
        {"clip_norm", "limits the Euclidean norm of the update", NULL},
        {"weight_decay", "adds the parameters times a factor", NULL},
        {"momentum", "the sum of past gradients with a decay (Polyak 1964)", NULL},
        {"nesterov", "momentum that looks ahead (Nesterov 1983)", NULL},
        {"adam", "mean over root of mean square, both decaying (Kingma and Ba 2015)", NULL},
        {"rmsprop", "gradient over root of its mean square (Tieleman and Hinton 2012)", NULL},
        {"scale", "multiplies by a factor, as the learning rate does", NULL},
        {"warmup", "a factor that rises linearly from 0 to 1", NULL},
        {"step_decay", "multiplies by a factor once every so many updates", NULL},
        {"exponential_decay", "the same, spread evenly over the updates", NULL},
        {"cosine_decay",
         "falls along half a cosine to a final share (Loshchilov and Hutter "
         "2017)",
         NULL},
        {"drop", "multiplies by a factor from a certain update on", NULL},
    };
    const int64_t count = (int64_t)(sizeof item / sizeof *item);
    return index >= 0 && index < count ? item[index] : (catalog_item){NULL, NULL, NULL};
}

static const catalog_kind kinds[] = {
    {"problems", "problem", get_problem},       {"methods", "method", get_method},
    {"optimizers", "optimizer", get_optimizer}, {"transforms", "transform", get_transform},
    {"shapings", "shaping", get_shaping},       {"searches", "search", get_search},
    {"datasets", "data set", get_dataset},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const catalog_kind *catalog_get(int64_t index) {
    return index >= 0 && index < KINDS ? &kinds[index] : NULL;
}

const catalog_kind *catalog_find(const char *name, catalog_item *out) {
    for (int k = 0; k < KINDS; k++) {
        for (int64_t i = 0; (*out = kinds[k].get(i)).name != NULL; i++) {
            if (strcmp(out->name, name) == 0) {
                return &kinds[k];
            }
        }
    }
    return NULL;
}

const pes_method_info *catalog_method(const char *name) {
    int64_t i = 0;
    while (pes_method_get(i) != NULL && strcmp(pes_method_get(i)->name, name) != 0) {
        i++;
    }
    return pes_method_get(i);
}

const char *catalog_name(int64_t index) {
    static const char *const tables[] = {"estimator", "optimizer", "search", "run"};
    enum { TABLES = sizeof tables / sizeof *tables };
    if (index < TABLES) {
        return tables[index];
    }
    index -= TABLES;
    for (int k = 0; k < KINDS; k++) {
        int64_t i = 0;
        for (; kinds[k].get(i).name != NULL; i++) {
            if (i == index) {
                return kinds[k].get(i).name;
            }
        }
        index -= i;
    }
    return NULL;
}
