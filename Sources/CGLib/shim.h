// GLib's main context: the event source that libnice is built on. Only what the Swift importer cannot see is added.
#pragma once
#include <glib.h>
#include <pthread.h>

// A GSource of plain C function pointers; GSourceFuncs must outlive the source, so they are static here. `wait` says for how
// many milliseconds there is nothing to do, -1 for ever; a source of descriptors alone has none.
typedef gint (*rtc_loop_wait)(void *context, gboolean is_before_poll);
typedef gboolean (*rtc_loop_dispatch)(void *context);

typedef struct {
    GSource base;
    void *context;
    rtc_loop_wait wait;
    rtc_loop_dispatch dispatch;
} rtc_loop_source;

static gboolean rtc_loop_source_prepare(GSource *source, gint *timeout) {
    rtc_loop_source *own = (rtc_loop_source *)source;
    *timeout = own->wait ? own->wait(own->context, TRUE) : -1;
    return *timeout == 0;
}

static gboolean rtc_loop_source_check(GSource *source) {
    rtc_loop_source *own = (rtc_loop_source *)source;
    return own->wait && own->wait(own->context, FALSE) == 0;
}

static gboolean rtc_loop_source_dispatch(GSource *source, GSourceFunc callback, gpointer data) {
    (void)callback;
    (void)data;
    rtc_loop_source *own = (rtc_loop_source *)source;
    return own->dispatch(own->context);
}

static GSourceFuncs rtc_loop_source_functions = {
    rtc_loop_source_prepare, rtc_loop_source_check, rtc_loop_source_dispatch, NULL, NULL, NULL,
};

static inline GSource *rtc_loop_source_new(rtc_loop_wait wait, rtc_loop_dispatch dispatch) {
    GSource *source = g_source_new(&rtc_loop_source_functions, sizeof(rtc_loop_source));
    rtc_loop_source *own = (rtc_loop_source *)source;
    own->context = NULL;
    own->wait = wait;
    own->dispatch = dispatch;
    return source;
}

static inline void rtc_loop_source_set_context(GSource *source, void *context) {
    ((rtc_loop_source *)source)->context = context;
}

extern int pthread_setname_np(pthread_t, const char *);

static inline void rtc_name_this_thread(const char *name) {
    (void)pthread_setname_np(pthread_self(), name);
}
