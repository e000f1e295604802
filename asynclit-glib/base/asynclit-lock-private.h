/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* All locking in the library goes through this file.
 *
 * The wrappers cost nothing. The system's GLib is not instrumented for ThreadSanitizer, which
 * therefore does not know that a GMutex orders memory accesses. The wrappers tell it. */

#pragma once

#include "asynclit-time-private.h"

#include <glib-object.h>

#if defined(__SANITIZE_THREAD__)
#define ASYNCLIT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ASYNCLIT_TSAN 1
#endif
#endif

#ifdef ASYNCLIT_TSAN
#include <sanitizer/tsan_interface.h>
#define asynclit_tsan_lock_begin(address) __tsan_mutex_pre_lock ((address), 0)
#define asynclit_tsan_lock_end(address) __tsan_mutex_post_lock ((address), 0, 0)
#define asynclit_tsan_unlock_begin(address) __tsan_mutex_pre_unlock ((address), 0)
#define asynclit_tsan_unlock_end(address) __tsan_mutex_post_unlock ((address), 0)
/* Whatever was written before `release` is visible after `acquire` on the same address. For
 * transfers that GLib orders, such as the last g_object_unref(). */
#define asynclit_tsan_release(address) __tsan_release ((void *) (address))
#define asynclit_tsan_acquire(address) __tsan_acquire ((void *) (address))
#else
#define asynclit_tsan_lock_begin(address) ((void) 0)
#define asynclit_tsan_lock_end(address) ((void) 0)
#define asynclit_tsan_unlock_begin(address) ((void) 0)
#define asynclit_tsan_unlock_end(address) ((void) 0)
#define asynclit_tsan_release(address) ((void) 0)
#define asynclit_tsan_acquire(address) ((void) 0)
#endif

G_BEGIN_DECLS

/* With -Dlock_checks=true, each thread knows the locks that it holds. asynclit-lock-checks.c aborts
 * the process if foreign code is called in the meantime, or if a lock that must be held is not. */
#ifdef ASYNCLIT_LOCK_CHECKS
extern __thread guint asynclit_n_lock_permits;
void asynclit_lock_check_take (gconstpointer lock);
void asynclit_lock_check_give (gconstpointer lock);
void asynclit_lock_check_assert (gconstpointer lock, const char *function);
#define asynclit_lock_check_permit(change) ((void) (asynclit_n_lock_permits += (change)))
/* In the child of a fork, which may have happened while locks were held, all locks are new. */
void asynclit_lock_check_forget (void);
#else
#define asynclit_lock_check_take(lock) ((void) 0)
#define asynclit_lock_check_give(lock) ((void) 0)
#define asynclit_lock_check_assert(lock, function) ((void) 0)
#define asynclit_lock_check_permit(change) ((void) 0)
#define asynclit_lock_check_forget() ((void) 0)
#endif

/* Asserts that the calling thread holds @lock, an AsyncLitLock or an AsyncLitBitLock: for functions
 * whose names end in `_locked`. Costs nothing without -Dlock_checks=true. */
#define asynclit_assert_locked(lock) asynclit_lock_check_assert ((lock), G_STRFUNC)

/* A mutex. All zero is a valid, unlocked mutex. */
typedef struct {
  GMutex mutex;
} AsyncLitLock;

/* A mutex of four bytes, for objects that exist in large numbers. All zero is unlocked. */
typedef struct {
  int bits;
} AsyncLitBitLock;

/* Waits for a lock that another thread holds. */
void asynclit_lock_contended (AsyncLitLock *self);

static inline void
asynclit_lock (AsyncLitLock *self)
{
  asynclit_tsan_lock_begin (self);
  if (G_UNLIKELY (!g_mutex_trylock (&self->mutex)))
    asynclit_lock_contended (self);
  asynclit_tsan_lock_end (self);
  asynclit_lock_check_take (self);
}

static inline void
asynclit_unlock (AsyncLitLock *self)
{
  asynclit_lock_check_give (self);
  asynclit_tsan_unlock_begin (self);
  g_mutex_unlock (&self->mutex);
  asynclit_tsan_unlock_end (self);
}

static inline void
asynclit_lock_clear (AsyncLitLock *self)
{
  g_mutex_clear (&self->mutex);
}

static inline void
asynclit_bit_lock (AsyncLitBitLock *self)
{
  asynclit_tsan_lock_begin (self);
  g_bit_lock (&self->bits, 0);
  asynclit_tsan_lock_end (self);
  asynclit_lock_check_take (self);
}

static inline void
asynclit_bit_unlock (AsyncLitBitLock *self)
{
  asynclit_lock_check_give (self);
  asynclit_tsan_unlock_begin (self);
  g_bit_unlock (&self->bits, 0);
  asynclit_tsan_unlock_end (self);
}

/* For a lock that no other thread uses any more: everything done under the lock happens before what
 * follows. */
static inline void
asynclit_bit_lock_clear (AsyncLitBitLock *self)
{
  asynclit_tsan_acquire (self);
}

/* The lock is held on entry and on return, and released while waiting. */
static inline void
asynclit_cond_wait (GCond *cond, AsyncLitLock *lock)
{
  asynclit_tsan_unlock_begin (lock);
  asynclit_tsan_unlock_end (lock);
  g_cond_wait (cond, &lock->mutex);
  asynclit_tsan_lock_begin (lock);
  asynclit_tsan_lock_end (lock);
}

/* As asynclit_cond_wait(), but at most until @end_time on g_get_monotonic_time(); then returns
 * FALSE. */
static inline gboolean
asynclit_cond_wait_until (GCond *cond, AsyncLitLock *lock, gint64 end_time)
{
  gboolean signalled;

  asynclit_tsan_unlock_begin (lock);
  asynclit_tsan_unlock_end (lock);
  signalled = g_cond_wait_until (cond, &lock->mutex, end_time);
  asynclit_tsan_lock_begin (lock);
  asynclit_tsan_lock_end (lock);
  return signalled;
}

/* The only GObject functions that may be called while a lock is held. */

/* Takes a reference to @object while the lock guards another reference, which stays until the lock
 * is released. The count therefore does not go from 1 to 2, which would notify a language
 * binding. */
static inline gpointer
asynclit_ref_owned_locked (gpointer object)
{
  asynclit_lock_check_permit (1);
  g_object_ref (object);
  asynclit_lock_check_permit (-1);
  return object;
}

/* Whether the signal has handlers, whatever its detail. GLib looks into a table of its own, and
 * calls no other code. */
static inline gboolean
asynclit_has_handler_locked (gpointer object, guint signal_id)
{
  gulong found;

  asynclit_lock_check_permit (1);
  found = g_signal_handler_find (object, G_SIGNAL_MATCH_ID, signal_id, 0, NULL, NULL, NULL);
  asynclit_lock_check_permit (-1);
  return found != 0;
}

/* As g_once_init_enter() and g_once_init_leave(). */
#define asynclit_once_enter(location)                                                             \
  (g_once_init_enter (location) || (asynclit_tsan_acquire (location), FALSE))
#define asynclit_once_leave(location, value)                                                      \
  G_STMT_START                                                                                    \
  {                                                                                               \
    asynclit_tsan_release (location);                                                             \
    g_once_init_leave (location, value);                                                          \
  }                                                                                               \
  G_STMT_END

G_END_DECLS
