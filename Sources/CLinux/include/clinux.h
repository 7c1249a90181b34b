// The Linux calls that Swift can't import: those with packed structures, unions or variadic arguments, and those that need
// _GNU_SOURCE. The latter are in the .c file, because _GNU_SOURCE would make this header's types differ from Swift's Glibc.
// Each returns -1 and sets errno on failure, unless its comment says otherwise.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

// M_ARENA_MAX, mallopt(3): all threads share one heap.
static inline void clinux_use_one_heap(void) { mallopt(M_ARENA_MAX, 1); }

// accept4(2): the new socket is non-blocking and closed on exec.
int clinux_accept(int listener);

// The process id of the peer when it connected or listened (SO_PEERCRED, unix(7)).
pid_t clinux_peer_pid(int fd);

// The user id of the peer at that time; -1 where the kernel does not know.
int64_t clinux_peer_user(int fd);

// Whether a user id is mapped in this process's user namespace (/proc/self/uid_map, user_namespaces(7)).
int clinux_is_mapped(uint32_t user);

// The bytes written to a Unix stream socket that its peer has not read, as kernel memory (SIOCOUTQ, unix(7)); -1 on failure.
int clinux_unread(int fd);

// SO_RCVTIMEO and SO_SNDTIMEO, socket(7).
static inline int clinux_set_timeout(int fd, int seconds) {
    struct timeval time = {.tv_sec = seconds};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) < 0
        ? -1 : setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

// Fills in a Unix socket's address and returns its length; 0 where the path is empty or longer than sun_path (107 bytes).
static inline socklen_t clinux_unix_address(struct sockaddr_un *address, const char *path) {
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) return 0;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length + 1);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
}

static inline int clinux_unix_socket(int nonblocking) {
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
}

static inline int clinux_unix_bind(int fd, const char *path) {
    struct sockaddr_un address;
    socklen_t length = clinux_unix_address(&address, path);
    if (length == 0) { errno = ENAMETOOLONG; return -1; }
    return bind(fd, (struct sockaddr *)&address, length);
}

static inline int clinux_unix_connect(int fd, const char *path) {
    struct sockaddr_un address;
    socklen_t length = clinux_unix_address(&address, path);
    if (length == 0) { errno = ENAMETOOLONG; return -1; }
    return connect(fd, (struct sockaddr *)&address, length);
}

// Connects to a port of 127.0.0.1 with TCP_NODELAY (tcp(7)), and waits for the connection. Returns a non-blocking socket.
int clinux_connect_loopback(uint16_t port);

// Copies the path that a Unix socket is bound to, zero-terminated, and returns its length; 0 where it has none.
static inline int clinux_unix_path(int fd, char *path, size_t size) {
    struct sockaddr_un address = {0};
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0 || address.sun_family != AF_UNIX) return 0;
    size_t count = strnlen(address.sun_path, sizeof address.sun_path);
    if (count >= size) return 0;
    memcpy(path, address.sun_path, count);
    path[count] = 0;
    return (int)count;
}

static inline int clinux_socket_option(int fd, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &length) < 0 ? -1 : value;
}

// The open descriptors and the resident bytes of this process, by /proc/self (proc(5)); 0 where that can't be read.
int64_t clinux_open_descriptors(void);
int64_t clinux_resident_bytes(void);

// pthread_setname_np(3).
int clinux_name_thread(pthread_t thread, const char *name);

static inline int clinux_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static inline int clinux_set_close_on_exec(int fd, int on) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? -1 : fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

// flock(2): an exclusive lock of the open file, without waiting for it.
static inline int clinux_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

// An extended attribute of an open file (xattr(7)). clinux_attribute returns its length.
static inline ssize_t clinux_attribute(int fd, const char *name, void *value, size_t size) {
    return fgetxattr(fd, name, value, size);
}
static inline int clinux_set_attribute(int fd, const char *name, const void *value, size_t size) {
    return fsetxattr(fd, name, value, size, 0);
}

static inline int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int clinux_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, operation, fd, &event);
}

static inline uint64_t clinux_event_data(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t clinux_event_flags(const struct epoll_event *event) { return event->events; }

static inline int64_t clinux_nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t clinux_milliseconds(clockid_t clock) { return clinux_nanoseconds(clock) / 1000000; }

// posix_spawn(3) with this process's environment and /dev/null as standard output. Returns 0, or an errno.
int clinux_spawn(const char *path, char *const words[], pid_t *process);

// memfd_create(2): an empty file in memory, closed on exec, that allows seals.
int clinux_memory_file(const char *name);
// Sets F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE and F_SEAL_SEAL (fcntl(2)): no process can change the file from now on.
int clinux_seal(int fd);
// Whether all of these seals are set.
int clinux_is_sealed(int fd);
// fallocate(2) with FALLOC_FL_PUNCH_HOLE: the bytes become zero, and whole pages take no memory.
int clinux_punch(int fd, int64_t offset, int64_t length);

// socketpair(2) of SOCK_SEQPACKET, non-blocking and closed on exec. Peeks (MSG_PEEK) at the second socket advance from
// message to message (SO_PEEK_OFF, socket(7)).
int clinux_packet_pair(int fds[2]);
// Sends one message with one descriptor (SCM_RIGHTS, unix(7)).
ssize_t clinux_send_descriptor(int fd, const void *bytes, size_t count, int descriptor);
// Peeks at the next message. *descriptor becomes a copy of its descriptor, closed on exec, or -1.
ssize_t clinux_peek_descriptor(int fd, void *bytes, size_t count, int *descriptor);
// Sets where the next peek begins: 0 for the oldest message.
int clinux_set_peek_offset(int fd, int offset);

// A Unix datagram socket, non-blocking and closed on exec, that is connected to a path, or to an abstract name after "@".
int clinux_connect_datagram(const char *address);
// pipe2(2): non-blocking and closed on exec.
int clinux_pipe(int fds[2]);
