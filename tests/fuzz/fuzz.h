/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The interface of a fuzz target: one function. It is called by libFuzzer or, without it, by
 * fuzz-driver.c. */

#pragma once

#include <stddef.h>
#include <stdint.h>

/* Tries one input. An error ends the process. Returns 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
