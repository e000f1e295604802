/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Built with -Dlock_checks=true only: aborts the process when the library calls foreign code while
 * the calling thread holds one of the library's locks, or calls a function without the lock that it
 * needs.
 *
 * The linker redirects the library's calls of the functions below to the wrappers here, including
 * calls from GLib's macros (see `lock_checks_link_args` in meson.build). With a language binding,
 * each of these functions may run user code, or wait for the interpreter's lock, whose owner may be
 * waiting for the lock that this thread holds. Such a deadlock happens once in a million calls; the
 * wrapper reports every call that could cause it. */

#include "config.h"

#include "asynclit-lock-private.h"

#include <gio/gio.h>

/* The linker also redirects the calls that GLib's libraries make, and therefore needs visible
 * symbols. */
#define VISIBLE __attribute__ ((visibility ("default")))

/* The library holds one lock at a time, and two where a file says so. */
#define MAX_LOCKS 8

__thread guint asynclit_n_lock_permits = 0;

static __thread gconstpointer own_locks[MAX_LOCKS];
static __thread guint n_own_locks = 0;

void
asynclit_lock_check_take (gconstpointer lock)
{
  g_assert (n_own_locks < MAX_LOCKS);
  own_locks[n_own_locks++] = lock;
}

/* The number of the lock, counted from 1; 0 if the thread does not hold it. */
static guint
find_own_lock (gconstpointer lock)
{
  guint i = n_own_locks;

  while (i > 0 && own_locks[i - 1] != lock)
    i--;
  return i;
}

void
asynclit_lock_check_give (gconstpointer lock)
{
  guint found = find_own_lock (lock);

  g_assert (found > 0);
  own_locks[found - 1] = own_locks[--n_own_locks];
}

void
asynclit_lock_check_forget (void)
{
  n_own_locks = 0;
}

void
asynclit_lock_check_assert (gconstpointer lock, const char *function)
{
  if (G_LIKELY (find_own_lock (lock) > 0))
    return;
  n_own_locks = 0; /* a log handler of the program may receive the message */
  g_error ("%s() was called without the lock that it needs", function);
}

static void
check (const char *function)
{
  if (G_LIKELY (n_own_locks == 0 || asynclit_n_lock_permits > 0))
    return;
  n_own_locks = 0; /* for the same reason */
  g_error ("%s() was called while this thread has a lock of the library", function);
}

/* The linker renames the original function to @Type __real_name @parameters. */
#define WRAP(Type, name, parameters, arguments)                                                    \
  Type __real_##name parameters;                                                                   \
  VISIBLE Type __wrap_##name parameters;                                                           \
  Type __wrap_##name parameters                                                                    \
  {                                                                                                \
    check (#name);                                                                                 \
    return __real_##name arguments;                                                                \
  }

#define WRAP_VOID(name, parameters, arguments)                                                     \
  void __real_##name parameters;                                                                   \
  VISIBLE void __wrap_##name parameters;                                                           \
  void __wrap_##name parameters                                                                    \
  {                                                                                                \
    check (#name);                                                                                 \
    __real_##name arguments;                                                                       \
  }

WRAP (gpointer, g_object_ref, (gpointer object), (object))
WRAP_VOID (g_object_unref, (gpointer object), (object))
WRAP_VOID (g_object_notify, (GObject * object, const char *name), (object, name))
WRAP_VOID (g_object_notify_by_pspec, (GObject * object, GParamSpec *pspec), (object, pspec))
WRAP_VOID (g_object_get_property, (GObject * object, const char *name, GValue *value),
           (object, name, value))
WRAP_VOID (g_object_set_property, (GObject * object, const char *name, const GValue *value),
           (object, name, value))
WRAP (gulong, g_signal_connect_data,
      (gpointer instance, const char *signal, GCallback callback, gpointer data,
       GClosureNotify destroy, GConnectFlags flags),
      (instance, signal, callback, data, destroy, flags))
WRAP_VOID (g_signal_handler_disconnect, (gpointer instance, gulong id), (instance, id))
WRAP (gulong, g_signal_handler_find,
      (gpointer instance, GSignalMatchType mask, guint signal_id, GQuark detail, GClosure *closure,
       gpointer func, gpointer data),
      (instance, mask, signal_id, detail, closure, func, data))
WRAP (gboolean, g_signal_has_handler_pending,
      (gpointer instance, guint signal_id, GQuark detail, gboolean may_be_blocked),
      (instance, signal_id, detail, may_be_blocked))
WRAP_VOID (g_closure_invoke,
           (GClosure * closure, GValue *result, guint n, const GValue *values, gpointer hint),
           (closure, result, n, values, hint))
WRAP_VOID (g_closure_unref, (GClosure * closure), (closure))
WRAP_VOID (g_value_unset, (GValue * value), (value))
WRAP_VOID (g_value_copy, (const GValue *from, GValue *to), (from, to))
WRAP_VOID (g_cancellable_cancel, (GCancellable * cancellable), (cancellable))
WRAP (gulong, g_cancellable_connect,
      (GCancellable * cancellable, GCallback callback, gpointer data, GDestroyNotify destroy),
      (cancellable, callback, data, destroy))
WRAP_VOID (g_cancellable_disconnect, (GCancellable * cancellable, gulong id), (cancellable, id))
WRAP_VOID (g_source_destroy, (GSource * source), (source))

/* Functions with a variable number of arguments. */

VISIBLE void __wrap_g_signal_emit (gpointer instance, guint signal_id, GQuark detail, ...);

void
__wrap_g_signal_emit (gpointer instance, guint signal_id, GQuark detail, ...)
{
  va_list arguments;

  check ("g_signal_emit");
  va_start (arguments, detail);
  g_signal_emit_valist (instance, signal_id, detail, arguments);
  va_end (arguments);
}

VISIBLE gpointer __wrap_g_object_new (GType type, const char *first, ...);

gpointer
__wrap_g_object_new (GType type, const char *first, ...)
{
  va_list arguments;
  GObject *object;

  check ("g_object_new");
  va_start (arguments, first);
  object = g_object_new_valist (type, first, arguments);
  va_end (arguments);
  return object;
}
