/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-class-type-private.h"
#include "asynclit-group-core-private.h"
#include "asynclit-object-notification-private.h"
#include "asynclit-task-group.h"

G_BEGIN_DECLS

struct _AsyncLitTaskGroup {
  GObject parent_instance;

  /* Set at construction, then read-only. */
  AsyncLitGroupCore *core;
  AsyncLitTaskManager *manager;

  AsyncLitObjectNotification notification; /* posted by the core when there is something to tell */
  int cancel_on_drop;                      /* atomic: set by any thread */

  /* Owner's context only. */
  GPtrArray *list;      /* of AsyncLitTask: what is published */
  gboolean is_updating; /* a handler may run a nested main loop */
  gboolean notified_closed;
};

typedef enum {
  ASYNCLIT_TASK_GROUP_MANAGER = 1,
  ASYNCLIT_TASK_GROUP_CANCEL_ON_ERROR,
  ASYNCLIT_TASK_GROUP_CANCEL_ON_DROP,
  ASYNCLIT_TASK_GROUP_MAX_COMPLETED,
  ASYNCLIT_TASK_GROUP_CLOSED,
  ASYNCLIT_TASK_GROUP_ITEM_TYPE,
  ASYNCLIT_TASK_GROUP_N_ITEMS,
  ASYNCLIT_TASK_GROUP_N_LIVE,
  ASYNCLIT_TASK_GROUP_FRACTION,
  ASYNCLIT_TASK_GROUP_REMAINING,
  ASYNCLIT_TASK_GROUP_N_PROPS,
} AsyncLitTaskGroupProperty;

/* Entered by the class. */

extern AsyncLitClassType asynclit_task_group_type;
#define ASYNCLIT_IS_TASK_GROUP(group)                                                              \
  (asynclit_class_type_check (&asynclit_task_group_type, (group)))

extern GParamSpec *asynclit_task_group_properties[ASYNCLIT_TASK_GROUP_N_PROPS];
extern guint asynclit_task_group_completed; /* the signal */

/* asynclit-task-group-notify.c */

extern const AsyncLitNotificationFuncs asynclit_task_group_notification_funcs;
/* Runs on: the owner's context. The published list, which is made when it is first used. */
GPtrArray *asynclit_task_group_ensure_list (AsyncLitTaskGroup *self);

G_END_DECLS
