// The search's settings, checked.

#ifndef PES_SEARCH_OPTIONS_H
#define PES_SEARCH_OPTIONS_H

#include "pes/search.h"

// Is every setting in its range, and does the method use those that depart from the defaults?
// Its name points to a static text afterwards. PES_E_ARGUMENT.
pes_status pes_search_check_options(pes_search_options *options);

#endif // PES_SEARCH_OPTIONS_H
