/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include <glib-object.h>

/* Like G_DECLARE_FINAL_TYPE(), for a class that has subclasses in the library. The structures of
 * the instance and the class are private, so no program can derive from it. */
#define _ASYNCLIT_DECLARE_INTERNAL_TYPE(ModuleObjName, module_obj_name, MODULE, OBJ_NAME,          \
                                        ParentName)                                                \
  GType module_obj_name##_get_type (void);                                                         \
  typedef struct _##ModuleObjName ModuleObjName;                                                   \
  _ASYNCLIT_DECLARE_INTERNAL_CASTS (ModuleObjName, module_obj_name, MODULE, OBJ_NAME, ParentName)

/* The same for these subclasses. To a program, their C types are other names of the type that they
 * are derived from: what the constructor of a subclass returns can be passed to the functions of
 * both without a cast. */
#ifdef __GI_SCANNER__
#define _ASYNCLIT_SUBTYPES_DIFFER
#endif
#ifdef ASYNCLIT_COMPILATION
#define _ASYNCLIT_SUBTYPES_DIFFER
#endif
#ifdef _ASYNCLIT_SUBTYPES_DIFFER
#define _ASYNCLIT_DECLARE_INTERNAL_SUBTYPE _ASYNCLIT_DECLARE_INTERNAL_TYPE
#else
#define _ASYNCLIT_DECLARE_INTERNAL_SUBTYPE(ModuleObjName, module_obj_name, MODULE, OBJ_NAME,       \
                                           ParentName)                                             \
  GType module_obj_name##_get_type (void);                                                         \
  typedef ParentName ModuleObjName;                                                                \
  _ASYNCLIT_DECLARE_INTERNAL_CASTS (ModuleObjName, module_obj_name, MODULE, OBJ_NAME, ParentName)
#endif

#define _ASYNCLIT_DECLARE_INTERNAL_CASTS(ModuleObjName, module_obj_name, MODULE, OBJ_NAME,         \
                                         ParentName)                                               \
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS                                                                 \
  _GLIB_DEFINE_AUTOPTR_CHAINUP (ModuleObjName, ParentName)                                         \
  G_GNUC_UNUSED static inline ModuleObjName *MODULE##_##OBJ_NAME (gpointer ptr)                    \
  {                                                                                                \
    return G_TYPE_CHECK_INSTANCE_CAST (ptr, module_obj_name##_get_type (), ModuleObjName);         \
  }                                                                                                \
  G_GNUC_UNUSED static inline gboolean MODULE##_IS_##OBJ_NAME (gpointer ptr)                       \
  {                                                                                                \
    return G_TYPE_CHECK_INSTANCE_TYPE (ptr, module_obj_name##_get_type ());                        \
  }                                                                                                \
  G_GNUC_END_IGNORE_DEPRECATIONS
