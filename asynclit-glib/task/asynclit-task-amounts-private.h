/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-amounts-private.h"
#include "asynclit-task-core-private.h"

G_BEGIN_DECLS

/* The amounts of a task at one moment. */
typedef struct {
  double done;
  double total;
  AsyncLitUnit unit;
  char *text; /* owned */
  double weight;
  double fraction;
  double rate;
  double remaining;
} AsyncLitTaskAmountsView;

void asynclit_task_amounts_read (AsyncLitTask *self, AsyncLitTaskAmountsView *view);
void asynclit_task_amounts_view_clear (AsyncLitTaskAmountsView *view);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AsyncLitTaskAmountsView, asynclit_task_amounts_view_clear)

/* Any thread. Reports after the end of the task are ignored. */
void asynclit_task_amounts_set (AsyncLitTask *self, double done, double total);
/* The same, unless more is done already: for reports that may arrive in any order. */
void asynclit_task_amounts_raise (AsyncLitTask *self, double done, double total);
void asynclit_task_amounts_begin_part (AsyncLitTask *self, double weight);
void asynclit_task_amounts_set_text (AsyncLitTask *self, const char *text);
void asynclit_task_amounts_set_unit (AsyncLitTask *self, AsyncLitUnit unit);
/* Before the task is submitted. */
void asynclit_task_amounts_set_weight (AsyncLitTask *self, double weight);

/* Runs on: the owner's context. */
void asynclit_task_notify_amounts (AsyncLitTask *self, gboolean has_ended);

/* For the registry, under its lock, if the state has the flag ASYNCLIT_STATE_HAS_AMOUNTS: the task
 * has been submitted, or has ended. Both return its weight. *share is what the registry has to add
 * to the sum of the shares, or to subtract from it. */
double asynclit_task_amounts_enter (AsyncLitTask *self, double *share);
double asynclit_task_amounts_leave (AsyncLitTask *self, double *share);

/* For the class. FALSE if the property belongs to another file. */
void asynclit_task_install_amount_properties (GObjectClass *object_class, guint first);
gboolean asynclit_task_get_amount_property (AsyncLitTask *self, guint property_id, GValue *value);
gboolean asynclit_task_set_amount_property (AsyncLitTask *self, guint property_id,
                                            const GValue *value);

G_END_DECLS
