// The registry: one line a method. The command, its help and the tests walk this list.

#include <string.h>

#include "estimate/method.h"
#include "estimate/methods.h"

static const pes_method *const methods[] = {
    &pes_method_full_es, &pes_method_truncated_es, &pes_method_pes,   &pes_method_nres,
    &pes_method_gpes,    &pes_method_pes_analytic, &pes_method_bptt,  &pes_method_tbptt,
    &pes_method_rtrl,    &pes_method_uoro,         &pes_method_dodge,
};
enum { METHODS = sizeof methods / sizeof *methods };

const pes_method_info *pes_method_get(int64_t index) {
    return index >= 0 && index < METHODS ? &methods[index]->info : NULL;
}

const pes_method *pes_method_find(const char *name) {
    for (int64_t i = 0; name != NULL && i < METHODS; i++) {
        if (strcmp(methods[i]->info.name, name) == 0) {
            return methods[i];
        }
    }
    return NULL;
}
