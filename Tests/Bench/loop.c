// The baseline: one epoll loop that does only what every relay has to do. For each message one write() of the same bytes for
// each recipient (or, with --tick, one write() for each recipient and turn of the loop). It has no names, no limits, no checks,
// and no outbox for a slow reader. It answers `hello` as chatrelay does, so that chatrelay-bench can drive both, and writes events
// of the same size; with --raw it sends no events of its own, and relays frames unchanged (chatrelay-bench --protocol raw).
//
// --missed N sends N messages after each hello, as a catch-up (chatrelay-bench storm --canned); --commit FILE writes each message
// to a SQLite database, in its own transaction, before it is sent.
//
// cc -O2 -o loop loop.c -lsqlite3
// loop SOCKET [--tick] [--raw] [--missed N] [--commit FILE]
#define _GNU_SOURCE
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct connection { int fd, open; size_t count; unsigned char *rest; };
static struct connection *connections[65536];
static int members[65536], member_count, per_tick, raw;
static char tick[1 << 22];
static size_t tick_count;
static unsigned long seq;
static char *missed;
static size_t missed_count;
static sqlite3 *database;
static sqlite3_stmt *insert;

static void write_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = write(fd, bytes, count);
        if (done < 0) { usleep(100); continue; }
        bytes += done; count -= (size_t)done;
    }
}

static void flush(void) {
    for (int i = 0; i < member_count && tick_count; i++) write_all(members[i], tick, tick_count);
    tick_count = 0;
}

static size_t frame(char *out, const char *text, size_t count) {
    out[0] = (char)0x81;
    size_t head = 2;
    if (count < 126) out[1] = (char)count;
    else { out[1] = 126; out[2] = (char)(count >> 8); out[3] = (char)count; head = 4; }
    memcpy(out + head, text, count);
    return head + count;
}

static void answer(struct connection *c, const char *text) {
    char out[512];
    write_all(c->fd, out, frame(out, text, strlen(text)));
}

static int field(const char *json, const char *name, char *out, size_t room) {
    const char *start = strstr(json, name);
    if (!start) return 0;
    start += strlen(name);
    const char *end = strchr(start, '"');
    if (!end || (size_t)(end - start) >= room) return 0;
    memcpy(out, start, (size_t)(end - start));
    out[end - start] = 0;
    return 1;
}

// Bytes that a socket does not take wait here.
static void commit(const char *text, size_t count) {
    sqlite3_bind_text(insert, 1, text, (int)count, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE) abort();
    sqlite3_reset(insert);
}

static void open_database(const char *path) {
    if (sqlite3_open(path, &database) != SQLITE_OK
        || sqlite3_exec(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE events (seq INTEGER PRIMARY KEY, text TEXT)", NULL, NULL, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(database, "INSERT INTO events (text) VALUES (?)", -1, &insert, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(database));
        exit(71);
    }
}

// The frame of a message is complete: it is written, now or at the end of the turn.
static void publish(const char *text, size_t count) {
    if (count > sizeof tick / 2) return;
    if (insert) commit(text, count);
    if (tick_count + count + 4 > sizeof tick) flush();
    tick_count += frame(tick + tick_count, text, count);
    if (!per_tick) flush();
}

static void enter(struct connection *c) {
    if (!c->open) { c->open = 1; members[member_count++] = c->fd; }
}

static size_t write_event(char *event, size_t room, const char *id, int from, const char *text) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (size_t)snprintf(event, room,
        "{\"type\":\"message\",\"seq\":%lu,\"id\":\"%s\",\"room\":\"lobby\",\"from\":\"bench-%d\",\"text\":\"%s\",\"at\":%lld}",
        ++seq, id, from, text, (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void message(struct connection *c, char *json, size_t size) {
    char id[128], text[16384], event[17000];
    if (raw) { publish(json, size); return; }
    if (strstr(json, "\"type\":\"hello\"")) {
        enter(c);
        answer(c, "{\"type\":\"welcome\",\"name\":\"x\",\"seq\":0,\"rooms\":[\"lobby\"],\"limits\":{}}");
        if (missed) write_all(c->fd, missed, missed_count);
        answer(c, "{\"type\":\"joined\",\"room\":\"lobby\",\"users\":1}");
        return;
    }
    if (!field(json, "\"id\":\"", id, sizeof id) || !field(json, "\"text\":\"", text, sizeof text)) return;
    publish(event, write_event(event, sizeof event, id, c->fd % 10, text));
}

static void prepare_missed(int count) {
    char event[512], id[16], text[101] = {0};
    memset(text, 'x', 100);
    missed = malloc((size_t)count * sizeof event);
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "%d", i);
        missed_count += frame(missed + missed_count, event, write_event(event, sizeof event, id, 1, text));
    }
}

// SHA-1 of up to 119 bytes (FIPS 180-4 §6.1), for the handshake.
static void sha1(const unsigned char *bytes, size_t count, unsigned char *digest) {
    unsigned char padded[128] = {0};
    size_t total = count + 9 > 64 ? 128 : 64;
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, w[80];
    memcpy(padded, bytes, count);
    padded[count] = 0x80;
    padded[total - 2] = (unsigned char)(count >> 5);
    padded[total - 1] = (unsigned char)(count << 3);
#define ROTATE(value, bits) ((value) << (bits) | (value) >> (32 - (bits)))
    for (size_t block = 0; block < total; block += 64) {
        for (int i = 0; i < 16; i++) {
            const unsigned char *p = padded + block + 4 * i;
            w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++) w[i] = ROTATE(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? ((b & c) | (~b & d)) + 0x5a827999 : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc : (b ^ c ^ d) + 0xca62c1d6;
            uint32_t next = ROTATE(a, 5) + f + e + w[i];
            e = d; d = c; c = ROTATE(b, 30); b = a; a = next;
        }
        h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
    }
    for (int i = 0; i < 20; i++) digest[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

// 20 bytes in base64 (RFC 4648 §4): 28 characters, the last one is =.
static void base64_of_20(const unsigned char *bytes, char *out) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 21; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | (i < 18 ? bytes[i + 2] : 0);
        for (int shift = 18; shift >= 0; shift -= 6) *out++ = letters[three >> shift & 63];
    }
    out[-1] = '=';
    *out = 0;
}

static void upgrade(struct connection *c, const char *head) {
    char key[64], joined[128], base64[32], out[256];
    unsigned char digest[20];
    const char *start = strcasestr(head, "Sec-WebSocket-Key: ");
    if (!start || sscanf(start + 19, "%60[^\r]", key) != 1) return;
    int length = snprintf(joined, sizeof joined, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1((unsigned char *)joined, (size_t)length, digest);
    base64_of_20(digest, base64);
    int count = snprintf(out, sizeof out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: chatrelay.v1\r\n\r\n", base64);
    write_all(c->fd, out, (size_t)count);
}

// Takes the complete frames at the front of the bytes. Returns their size.
static size_t take(struct connection *c, unsigned char *bytes, size_t count) {
    if (c->open < 0) {
        unsigned char *end = memmem(bytes, count, "\r\n\r\n", 4);
        if (!end) return 0;
        *end = 0;
        upgrade(c, (char *)bytes);
        c->open = 0;
        if (raw) enter(c);
        return (size_t)(end + 4 - bytes);
    }
    if (count < 6) return 0;
    size_t length = bytes[1] & 127, head = 6; // no frame here is longer than 65,535 bytes
    if (length == 126) { length = (size_t)bytes[2] << 8 | bytes[3]; head = 8; }
    if (count < head + length) return 0;
    unsigned char key[4], *payload = bytes + head;
    memcpy(key, payload - 4, 4);
    for (size_t i = 0; i < length; i++) payload[i] ^= key[i & 3];
    unsigned char after = payload[length];
    payload[length] = 0;
    if ((bytes[0] & 15) == 1) message(c, (char *)payload, length);
    payload[length] = after;
    return head + length;
}

static void leave(struct connection *c) {
    for (int i = 0; i < member_count; i++) if (members[i] == c->fd) members[i] = members[--member_count];
    connections[c->fd] = NULL;
    close(c->fd);
    free(c->rest);
    free(c);
}

int main(int count, char **arguments) {
    if (count < 2) return 64;
    for (int i = 2; i < count; i++) {
        if (strcmp(arguments[i], "--tick") == 0) per_tick = 1;
        else if (strcmp(arguments[i], "--raw") == 0) raw = 1;
        else if (strcmp(arguments[i], "--missed") == 0 && i + 1 < count) prepare_missed(atoi(arguments[++i]));
        else if (strcmp(arguments[i], "--commit") == 0 && i + 1 < count) open_database(arguments[++i]);
        else return 64;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, arguments[1], sizeof address.sun_path - 1);
    unlink(address.sun_path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) return 71;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[512];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    static unsigned char buffer[1 << 20];
    for (;;) {
        int ready = epoll_wait(epoll, events, 512, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                int new = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (new < 0) continue;
                struct connection *c = calloc(1, sizeof *c);
                c->fd = new; c->open = -1;
                connections[new] = c;
                event.data.fd = new;
                epoll_ctl(epoll, EPOLL_CTL_ADD, new, &event);
                continue;
            }
            struct connection *c = connections[fd];
            if (c->count) memcpy(buffer, c->rest, c->count);
            ssize_t got = read(fd, buffer + c->count, 65536);
            if (got <= 0 || c->count > sizeof buffer / 2) { leave(c); continue; }
            size_t total = c->count + (size_t)got, used = 0, step;
            while ((step = take(c, buffer + used, total - used)) > 0) used += step;
            free(c->rest);
            c->rest = NULL;
            c->count = total - used;
            if (c->count) { c->rest = malloc(c->count); memcpy(c->rest, buffer + used, c->count); }
        }
        if (per_tick) flush();
    }
}
