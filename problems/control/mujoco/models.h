// Models that need no file: swimmer (Coulom 2002), half_cheetah (Wawrzynski 2009) and hopper
// (Erez, Tassa, Todorov 2011), as Gymnasium 1.0 to 1.3 has them, without what is only drawn
// (lights, cameras, textures, colours). Their dynamics are those of the files to the bit.
//
// Derived from Gymnasium's files, which are derived from MuJoCo's and under this licence:
//
//     The MIT License. Copyright (c) 2016 OpenAI, (c) 2022 Farama Foundation. Models:
//     Copyright 2009-2015 Roboti LLC.
//
//     Permission is hereby granted, free of charge, to any person obtaining a copy of this
//     software and associated documentation files (the "Software"), to deal in the Software
//     without restriction, including without limitation the rights to use, copy, modify, merge,
//     publish, distribute, sublicense, and/or sell copies of the Software, and to permit
//     persons to whom the Software is furnished to do so, subject to the following conditions:
//
//     The above copyright notice and this permission notice shall be included in all copies or
//     substantial portions of the Software.
//
//     THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,
//     INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR
//     PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
//     FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
//     OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
//     DEALINGS IN THE SOFTWARE.

#ifndef PES_PROBLEMS_CONTROL_MUJOCO_MODELS_H
#define PES_PROBLEMS_CONTROL_MUJOCO_MODELS_H

#include "pes/field.h"

typedef struct pes_mujoco_builtin {
    const char *name;
    const char *text;   // MJCF
    pes_int_list shape; // numbers of positions, velocities and actions
} pes_mujoco_builtin;

// Model number `index`, NULL past the last; or that of a name, or NULL.
const pes_mujoco_builtin *pes_mujoco_builtin_get(int64_t index);
const pes_mujoco_builtin *pes_mujoco_builtin_find(const char *name);

#endif // PES_PROBLEMS_CONTROL_MUJOCO_MODELS_H
