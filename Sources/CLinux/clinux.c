#define _GNU_SOURCE
#include "clinux.h"

int clinux_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

pid_t clinux_peer_pid(int fd) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0 ? -1 : credentials.pid;
}

int64_t clinux_peer_user(int fd) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0 ? -1 : (int64_t)credentials.uid;
}

int clinux_name_thread(pthread_t thread, const char *name) {
    return pthread_setname_np(thread, name);
}
