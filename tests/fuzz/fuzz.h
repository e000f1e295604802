/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a fuzz target is: one function. libFuzzer calls it, or fuzz-driver.c where there is none. */

#pragma once

#include <stddef.h>
#include <stdint.h>

/* Tries one input. What is wrong ends the process. Returns 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
