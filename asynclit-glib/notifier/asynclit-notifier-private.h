/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The way back: from any thread to the main context of whoever submitted.
 *
 * Something that may have news for its owner embeds an AsyncLitNotice. To post it puts it into a
 * list; the owner's context takes it out and lets it deliver. There is one *mailbox* for each
 * context, and in it one *lane* for each thread that submits with that context as its own: a
 * thread that never iterates its context can still take back, through its lane, what has to be
 * released where it came from.
 *
 * The lists hold no references of their own. What a notice belongs to is kept alive by a *hold*,
 * which its client keeps as a bit of its own and changes only under the mailbox's lock, through
 * the functions below that are called with it. A notice without a hold may still be in a list;
 * the last reference takes it out (asynclit_notice_remove()).
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AsyncLitLane AsyncLitLane;
typedef struct _AsyncLitNotice AsyncLitNotice;
typedef struct _AsyncLitNoticeFuncs AsyncLitNoticeFuncs;

typedef enum {
  /* Nothing to post. */
  ASYNCLIT_POST_NOTHING,
  /* There is news. */
  ASYNCLIT_POST_NEWS,
  /* There is something to release, and perhaps news. The notice has its hold already. */
  ASYNCLIT_POST_RELEASE,
  /* The hold goes here and now, unless somebody needs it: the owner is not waited for. */
  ASYNCLIT_POST_DROP,
} AsyncLitPost;

/* Decides under the mailbox's lock what to post, where holds may be moved; atomics only. */
typedef AsyncLitPost (*AsyncLitPostFunc) (AsyncLitNotice *notice);

typedef enum {
  /* All has been said. */
  ASYNCLIT_NEWS_NONE,
  /* There is news that nobody has asked for; somebody may yet. */
  ASYNCLIT_NEWS_UNHEARD,
  /* There is news that somebody waits for. */
  ASYNCLIT_NEWS_AWAITED,
} AsyncLitNews;

struct _AsyncLitNoticeFuncs {
  /* Takes the hold if something else of the library's keeps the object alive. The mailbox's lock
   * is held: nothing but atomics may be touched. FALSE: nothing does, use `revive`. */
  gboolean (*hold_locked) (AsyncLitNotice *notice);
  /* Takes the hold with a new reference. No lock is held; the last reference can't go away
   * meanwhile. */
  void (*revive) (AsyncLitNotice *notice);
  /* Gives the hold up, if there is one. The lock is held. TRUE if the reference behind it has to
   * go: then `unref` is called next, without the lock. */
  gboolean (*drop_locked) (AsyncLitNotice *notice);
  void (*unref) (AsyncLitNotice *notice);
  /* Runs on: the owner's context. Says what there is to say, until @end of
   * g_get_monotonic_time(); TRUE if there is more. */
  gboolean (*deliver) (AsyncLitNotice *notice, gint64 end);
  /* Runs on: the thread that submitted, in a call of its own into the library, while nobody
   * iterates its context; or any thread, once the context is gone, or if nobody comes. Releases
   * what belongs to it, and says nothing. */
  AsyncLitNews (*release) (AsyncLitNotice *notice);
  /* Whether it may be released by its owner only, whatever happens. NULL: never. */
  gboolean (*is_bound) (AsyncLitNotice *notice);
};

struct _AsyncLitNotice {
  /* Set at construction, then read-only. */
  const AsyncLitNoticeFuncs *funcs;
  AsyncLitLane *lane;
  /* Guarded by the lock of the lane's mailbox. */
  AsyncLitNotice *prev;
  AsyncLitNotice *next;
  guint8 posted;   /* an AsyncLitPost: which list it is in */
  guint8 taken_as; /* ... and was in, the last time it was taken */
  guint16 n_taken; /* how many deliveries are under way: more than one in nested main loops */
  guint reviver;   /* the thread that took a reference while nothing was sure to keep it alive; 0 */
};

/* The notice's owner is the calling thread and its thread-default main context. */
void asynclit_notice_init (AsyncLitNotice *notice, const AsyncLitNoticeFuncs *funcs);

/* Before it was ever posted: has another context for its owner, of whichever thread. */
void asynclit_notice_move (AsyncLitNotice *notice, GMainContext *context);

/* Whether the calling thread is the one that iterates the owner's context, so that it may tell the
 * owner at once. */
gboolean asynclit_notice_is_here (AsyncLitNotice *notice);

/* The same: has the owner of @other for its owner, thread and context. */
void asynclit_notice_follow (AsyncLitNotice *notice, AsyncLitNotice *other);

/* Has @destroy called with @data once, where the owner of @other lives: for what may be released
 * there only. @bound: rather never than elsewhere. */
void asynclit_notifier_release_later (AsyncLitNotice *other, gpointer data, GDestroyNotify destroy,
                                      gboolean bound);

/* For dispose(): takes the notice out of its list. When this returns nobody delivers it, unless
 * somebody took a reference first, which the caller finds out by itself. TRUE if another thread may
 * have taken one while this one was dropping what seemed to be the last: then the notice stays in
 * its list, the object is not disposed of, and asynclit_keep() comes next. */
gboolean asynclit_notice_remove (AsyncLitNotice *notice);
void asynclit_notice_clear (AsyncLitNotice *notice);

/* Any thread. Calls no code of the user's. If the context is gone nothing is posted; what has to be
 * released is released by whatever asynclit_notifier_set_invoke() says. In the child of a fork it
 * is posted to the child's mailbox for the same context. */
void asynclit_notice_post (AsyncLitNotice *notice, AsyncLitPostFunc decide_locked);
void asynclit_notice_post_news (AsyncLitNotice *notice);

/* For clients that bound what waits for one owner, a thread with its context: counts, and returns
 * how many there are. Any thread. */
int asynclit_notice_count_waiting (AsyncLitNotice *notice, int change);

/* As post_news(), but a context that sleeps sleeps on: then, and if no flush is on its way, TRUE.
 * If somebody waits for the news, asynclit_notice_want_flush() comes next; when that is TRUE, too,
 * asynclit_notifier_flush() has to be called. */
gboolean asynclit_notice_post_lazy_news (AsyncLitNotice *notice);
gboolean asynclit_notice_want_flush (AsyncLitNotice *notice);
void asynclit_notifier_flush (void);

/* Whether there is something to deliver or to release in @context. Any thread. */
gboolean asynclit_notifier_is_pending (GMainContext *context);

/* To be called where a thread waits, drains or tidies up: releases what waits for it, if nobody
 * iterates its context. Nobody else calls code of the user's in a call of the library. */
void asynclit_notifier_release_own (void);

/* How to have something called on a thread of the library's, where nobody's code waits for it: what
 * is to be released and has no owner who comes. Without, it is called at once. */
typedef void (*AsyncLitInvokeFunc) (GFunc func, gpointer data, GDestroyNotify destroy);
void asynclit_notifier_set_invoke (AsyncLitInvokeFunc invoke);

G_END_DECLS
