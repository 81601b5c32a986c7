// Digits drawn by this library: a data set for when there is no other.
//
// Each of the ten digits is a few strokes of quadratic Bezier curves. An image takes the
// strokes of one digit, moves every control point a little, scales, slants, turns and shifts
// the whole, draws it with a pen of some width and ink, lets a stray stroke cross it, and adds
// noise. The digit of image i is i mod 10. Only IEEE additions, multiplications, divisions and
// square roots are used, so the bytes are the same on every machine.

#ifndef PES_PROBLEMS_DATA_DIGITS_H
#define PES_PROBLEMS_DATA_DIGITS_H

#include <stdint.h>

enum { PES_DIGITS_CLASSES = 10, PES_DIGITS_LEAST_SIDE = 8, PES_DIGITS_MOST_SIDE = 64 };

// Parts of a data set, which share no image.
typedef enum pes_digits_part {
    PES_DIGITS_TRAINING = 0,
    PES_DIGITS_VALIDATION = 1,
    PES_DIGITS_TEST = 2,
} pes_digits_part;

// pixel: count x side x side, 0 is paper and 255 is ink; label: count.
void pes_digits_draw(uint64_t seed, pes_digits_part part, int64_t count, int64_t side,
                     uint8_t *pixel, uint8_t *label);

#endif // PES_PROBLEMS_DATA_DIGITS_H
