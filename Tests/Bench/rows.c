// The rate of SQLite alone for the rows that a ledger writes: same table, same indexes, same durability, transactions as large as
// the largest of the daemon's. Tests/Bench/accept compares the daemon with it.
//   rows FILE ROWS TEXT_BYTES   prints rows a second
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static sqlite3 *database;

static void execute(const char *sql) {
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK) return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(database));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 4) return fprintf(stderr, "usage: rows FILE ROWS TEXT_BYTES\n"), 2;
    int rows = atoi(arguments[2]), bytes = atoi(arguments[3]);
    char *text = malloc(bytes + 1);
    memset(text, 'x', bytes);
    if (sqlite3_open(arguments[1], &database) != SQLITE_OK) return 1;
    execute("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 16777216;"
            "CREATE TABLE events (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, user INTEGER NOT NULL,"
            " peer INTEGER, id TEXT, room TEXT, name TEXT, peer_name TEXT, text TEXT, at INTEGER NOT NULL);"
            "CREATE UNIQUE INDEX events_once ON events (user, id) WHERE id IS NOT NULL;"
            "CREATE INDEX events_of_room ON events (room, seq) WHERE room IS NOT NULL;");
    sqlite3_stmt *insert;
    sqlite3_prepare_v2(database,
        "INSERT INTO events (kind, user, id, room, name, text, at) VALUES (1, 1, ?, 'lobby', 'bench', ?, ?)", -1,
        &insert, NULL);
    double start = now();
    for (int row = 0; row < rows; row++) {
        char id[24];
        if (row % 1024 == 0) execute("BEGIN IMMEDIATE");
        snprintf(id, sizeof id, "m%09d", row);
        sqlite3_bind_text(insert, 1, id, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(insert, 2, text, bytes, SQLITE_TRANSIENT);
        sqlite3_bind_int64(insert, 3, 1700000000000 + row);
        if (sqlite3_step(insert) != SQLITE_DONE) return 1;
        sqlite3_reset(insert);
        if (row % 1024 == 1023 || row == rows - 1) execute("COMMIT");
    }
    printf("%.0f\n", rows / (now() - start));
}
