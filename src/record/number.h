// Numbers as text: the shortest decimal form that reads back as the same bits, with a point
// whatever the locale's separator is. NaN and infinities become "null", as JSON has neither.

#ifndef PES_RECORD_NUMBER_H
#define PES_RECORD_NUMBER_H

#include <stddef.h>

enum { PES_NUMBER_SIZE = 32 }; // room for any number and the final zero

// Write the text and its final zero to `out`; returns the length without it.
size_t pes_number_real(double value, char out[PES_NUMBER_SIZE]);
size_t pes_number_float(float value, char out[PES_NUMBER_SIZE]);

#endif // PES_RECORD_NUMBER_H
