/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* Which live tasks of a manager have which keys. Lives as long as the manager or any of these
 * tasks. */
typedef struct _AsyncLitUniqueKeys AsyncLitUniqueKeys;

AsyncLitUniqueKeys *asynclit_unique_keys_new (void);
void asynclit_unique_keys_unref (AsyncLitUniqueKeys *self);

/* Gives the key to a task that was not submitted. Returns NULL; or, with a reference, the task that
 * keeps the key, and @task is cancelled. */
AsyncLitTask *asynclit_unique_keys_claim (AsyncLitUniqueKeys *self, AsyncLitTask *task,
                                          const char *key, AsyncLitUnique unique);

G_END_DECLS
