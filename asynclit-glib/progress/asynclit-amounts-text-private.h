/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"

G_BEGIN_DECLS

/* The parts of a description. */
typedef struct {
  const char *text; /* NULL: none */
  double done;
  double total; /* 0: unknown */
  AsyncLitUnit unit;
  double rate;      /* 0: unknown */
  double remaining; /* -1: unknown */
} AsyncLitAmountsText;

/* Formats it in the user's language, as in "12 of 40 files · 3.1/s · 2 minutes left". Empty if
 * nothing is known. (transfer full) */
char *asynclit_amounts_text_format (const AsyncLitAmountsText *self);

/* Formats only the remaining time; NULL if it is unknown. (transfer full) */
char *asynclit_amounts_text_format_remaining (double seconds);

G_END_DECLS
