// Preloaded into the daemon (LD_PRELOAD): makes reads and writes of the ledger's files fail, moves the wall clock, makes the
// search for a user's name slow, and kills the daemon in a read from a connection, as the shared file named by FAULTS says.
// faults.py is the other end.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

// errno of reads, errno of writes, seconds by which the wall clock is ahead, seconds that the search for a user's name takes,
// whether the next bytes from a connection are the last thing that the process reads
static volatile int64_t *faults;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, 40, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    if (memory != MAP_FAILED) faults = memory;
}

static int is_ledger(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return strstr(path, "/ledger") != NULL;
}

static int fails(int fd, int kind) {
    if (!faults || !faults[kind] || !is_ledger(fd)) return 0;
    errno = (int)faults[kind];
    return 1;
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) {
    static ssize_t (*next)(int, void *, size_t, off64_t);
    if (!next) next = dlsym(RTLD_NEXT, "pread64");
    return fails(fd, 0) ? -1 : next(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
    return fails(fd, 1) ? -1 : next(fd, bytes, count, offset);
}

struct passwd *getpwnam(const char *name) {
    static struct passwd *(*next)(const char *);
    if (!next) next = dlsym(RTLD_NEXT, "getpwnam");
    if (faults && faults[3]) sleep((unsigned)faults[3]);
    return next(name);
}

ssize_t recv(int fd, void *bytes, size_t count, int flags) {
    static ssize_t (*next)(int, void *, size_t, int);
    if (!next) next = dlsym(RTLD_NEXT, "recv");
    ssize_t result = next(fd, bytes, count, flags);
    if (faults && faults[4] && result > 0) kill(getpid(), SIGKILL);
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "clock_gettime");
    int result = next(clock, time);
    if (faults && clock == CLOCK_REALTIME) time->tv_sec += faults[2];
    return result;
}
