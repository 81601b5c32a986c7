// The rows that methods.c lists; each is defined in the file of its name.

#ifndef PES_ESTIMATE_METHODS_H
#define PES_ESTIMATE_METHODS_H

#include "estimate/method.h"

extern const pes_method pes_method_full_es;
extern const pes_method pes_method_truncated_es;
extern const pes_method pes_method_pes;
extern const pes_method pes_method_nres;
extern const pes_method pes_method_gpes;
extern const pes_method pes_method_pes_analytic;
extern const pes_method pes_method_bptt;
extern const pes_method pes_method_tbptt;
extern const pes_method pes_method_rtrl;
extern const pes_method pes_method_uoro;
extern const pes_method pes_method_dodge;

#endif // PES_ESTIMATE_METHODS_H
