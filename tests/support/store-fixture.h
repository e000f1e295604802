/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A scheduler with a store, in a file of the test: "programs" come and go, and the file stays. */

#pragma once

#include "scheduler-fixture.h"

G_BEGIN_DECLS

typedef struct {
  char *folder;
  char *path;
  Fixture fixture;
  AsyncLitScheduleStore *store; /* just opened */
} Memory;

/* Whether the library can store schedules. */
gboolean memory_is_supported (void);

/* Creates a folder without a file in it. There is no program yet. */
void memory_make_folder (Memory *self);

/* A program starts, at midnight, with an empty scheduler that uses the file. */
void memory_open (Memory *self);

/* Both. */
void memory_set_up (Memory *self);

/* The program, if there is one, exits and releases the file. */
void memory_close (Memory *self);

/* Waits until the file is released, and opens it. (transfer full) */
AsyncLitScheduleStore *memory_open_store (Memory *self);

/* The next program starts, at midnight plus some time. */
void memory_restart (Memory *self, double seconds);

void memory_clear (Memory *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Memory, memory_clear)

G_END_DECLS
