#define _GNU_SOURCE
#include "clinux.h"

#include <dirent.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

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

int clinux_is_mapped(uint32_t user) {
    FILE *file = fopen("/proc/self/uid_map", "re");
    if (file == NULL) return 1; // a kernel without user namespaces
    unsigned long first, outside, count;
    int found = 0;
    while (fscanf(file, "%lu %lu %lu", &first, &outside, &count) == 3) found |= user >= first && user - first < count;
    fclose(file);
    return found;
}

int clinux_name_thread(pthread_t thread, const char *name) {
    return pthread_setname_np(thread, name);
}

int64_t clinux_open_descriptors(void) {
    // Since Linux 6.2 st_size is the number of descriptors. To read the folder is slow where there are many.
    struct stat status;
    if (stat("/proc/self/fd", &status) < 0) return 0;
    if (status.st_size > 0) return status.st_size;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) return 0;
    int64_t count = -3; // not counted: the folder's own descriptor, "." and ".."
    while (readdir(folder) != NULL) count++;
    closedir(folder);
    return count;
}

int64_t clinux_resident_bytes(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) return 0;
    long pages = 0;
    if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

int clinux_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

int clinux_seal(int fd) { return fcntl(fd, F_ADD_SEALS, seals); }

int clinux_is_sealed(int fd) {
    int found = fcntl(fd, F_GET_SEALS);
    return found >= 0 && (found & seals) == seals;
}

int clinux_punch(int fd, int64_t offset, int64_t length) {
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int clinux_packet_pair(int fds[2]) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0) return -1;
    if (clinux_set_peek_offset(fds[1], 0) == 0) return 0;
    int code = errno;
    close(fds[0]);
    close(fds[1]);
    errno = code;
    return -1;
}

int clinux_set_peek_offset(int fd, int offset) {
    return setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset);
}

ssize_t clinux_send_descriptor(int fd, const void *bytes, size_t count, int descriptor) {
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr header; } control = {0};
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

ssize_t clinux_peek_descriptor(int fd, void *bytes, size_t count, int *descriptor) {
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr header; } control = {0};
    struct iovec vector = {.iov_base = bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t result = recvmsg(fd, &message, MSG_PEEK | MSG_CMSG_CLOEXEC);
    *descriptor = -1;
    struct cmsghdr *header = result < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
    return result;
}

int clinux_spawn(const char *path, char *const words[], pid_t *process) {
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error) error = posix_spawn(process, path, &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int clinux_connect_loopback(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && clinux_set_nonblocking(fd) == 0
        && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int clinux_unread(int fd) {
    int count = 0;
    return ioctl(fd, SIOCOUTQ, &count) < 0 ? -1 : count;
}

int clinux_connect_datagram(const char *path) {
    struct sockaddr_un address;
    socklen_t length = clinux_unix_address(&address, path);
    if (length == 0) { errno = ENAMETOOLONG; return -1; }
    if (path[0] == '@') {
        // An abstract name has no zero byte at its end (unix(7)).
        address.sun_path[0] = 0;
        length -= 1;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&address, length) == 0) return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

int clinux_pipe(int fds[2]) { return pipe2(fds, O_NONBLOCK | O_CLOEXEC); }
