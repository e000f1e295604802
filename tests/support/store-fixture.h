/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A scheduler that remembers, in a file of the test: "programs" come and go, and the file stays. */

#pragma once

#include "scheduler-fixture.h"

G_BEGIN_DECLS

typedef struct {
  char *folder;
  char *path;
  Fixture fixture;
  AsyncLitScheduleStore *store; /* just opened */
} Memory;

/* Whether the library can keep schedules in files. */
gboolean memory_is_supported (void);

/* A folder with no file in it yet, and no program. */
void memory_make_folder (Memory *self);

/* A program begins: at midnight, with an empty scheduler on the file. */
void memory_open (Memory *self);

/* Both. */
void memory_set_up (Memory *self);

/* It ends, if there is one, and lets go of the file. */
void memory_close (Memory *self);

/* Waits until the file is free, and opens it. (transfer full) */
AsyncLitScheduleStore *memory_open_store (Memory *self);

/* The next program begins at midnight again, and then some time later. */
void memory_restart (Memory *self, double seconds);

void memory_clear (Memory *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Memory, memory_clear)

G_END_DECLS
