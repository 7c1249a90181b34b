// The ledger's tables, and the migrations from older formats. https://sqlite.org/fts5.html
//
// `events` has a row for each entry of every kind, in order, until retention deletes it. `users` and `sanctions` are the
// state that the entries add up to, and `former_names` the names that users gave up, written in the transaction of each entry. `privates` indexes private messages by user,
// a row for each side, and `texts` is the search index. Both lag behind `events`: meta's `placed` and `indexed` are the
// newest entries that they include. Other keys of `meta`: `ledger`, the id; `floor`, the newest number that retention has deleted;
// `given`, a number above which all new ones are; `noticed`, the newest deletion or announcement; `reserved` and `mark`, see
// SequenceNumbers.
//
// `topics` has the title and the topic of each room that has one of them.
// `positions` has how far users have read: `room` is empty for a conversation, and `peer` 0 for a room. It has the only trace of the
// sequence numbers of these entries.
//
// A deleted message keeps its row, because its id stays used, but loses its text, its room and its rows in `privates`. The
// row of the deletion has the room, or the rows in `privates`, instead. An edited message has its new text. `reactions` has a row for
// each reaction that a message has now; the row of an edit has no text, and that of a reaction has the emoji in `note`.
//
// `bots` has a row for each user that is a program, with the rooms that it is limited to, separated by commas; empty: all.
//
// `tokens` has a row for each device of a user, with the hash of its token. A user whose name comes from a proxy has none, nor has one
// with signed tokens, whose `subject` is in `users`.

internal import SQLite

/// The values of `events.kind`; never changed once released.
enum EventKind {
    static let message: Int64 = 1
    static let `private`: Int64 = 2
    /// `user` is 0: the new user's number is the row's own.
    static let claim: Int64 = 3
    static let rename: Int64 = 4
    static let seen: Int64 = 5
    static let release: Int64 = 6
    /// Bans and mutes, by subject; `sanctions.kind` has the same values.
    static let banName: Int64 = 7
    static let banUser: Int64 = 8
    static let banNetwork: Int64 = 9
    static let mute: Int64 = 10
    /// `number` is the kind of the lifted sanction.
    static let lift: Int64 = 11
    static let announcement: Int64 = 12
    /// `number` is the message's sequence number.
    static let deletion: Int64 = 13
    /// As for a deletion. `user` is the author, and `place` the room.
    static let edit: Int64 = 14
    /// As for an edit. `note` is `+` or `-` and the emoji.
    static let reaction: Int64 = 15
    /// `place` is the room, and `note` its title and its topic, a line each.
    static let topic: Int64 = 16
    /// The new device's number is the row's own.
    static let device: Int64 = 20
    /// A row for each entry, whatever the number of its devices. `number` is the first one of them.
    static let signOut: Int64 = 21
    static let recovery: Int64 = 22
    /// The text is only in `users`.
    static let status: Int64 = 23

    /// SQL: the kinds of messages, and of changes of messages.
    static let messages = "(\(message), \(`private`))"
    static let changes = "(\(deletion), \(edit), \(reaction))"
}

enum LedgerSchema {
    /// SQL that makes an index of texts. Part of the second format.
    static func texts(named name: String) -> String {
        """
        CREATE VIRTUAL TABLE \(name) USING fts5 (
          text, content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
        );
        """
    }

    /// The file has a newer format. Not one of SQLite's result codes.
    static let newer: Int32 = -1

    static var version: Int { migrations.count }

    static func newerError(_ version: Int64) -> SQLiteError { SQLiteError(code: newer, message: "\(version)") }

    /// Migrates a file to the current format, with one transaction for each format.
    /// - Throws: an error of code `newer` for a file of a newer format, the format as its message.
    static func migrate(_ database: Database) throws(SQLiteError) {
        let version = try database.integer("PRAGMA user_version")
        guard version <= Int64(migrations.count) else { throw newerError(version) }
        for index in Int(version)..<migrations.count {
            try database.transaction { () throws(SQLiteError) in
                try database.execute(migrations[index])
                try database.execute("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    /// Each migrates from the format of its index to the next; never changed once released. The second also fixes the
    /// output of SearchText: to delete an entry from the index, its text must be given as it was inserted.
    private static let migrations = [
        """
        CREATE TABLE events (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          sender TEXT NOT NULL,
          id TEXT NOT NULL,
          room TEXT NOT NULL,
          text TEXT NOT NULL,
          at INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX events_once ON events (sender, id);
        CREATE INDEX events_of_room ON events (room, seq);
        """,
        // Users and private messages. A sender of the first format becomes a user without a reserved name, because no
        // client has a token for it.
        """
        DROP INDEX events_once;
        DROP INDEX events_of_room;
        ALTER TABLE events RENAME TO events_before;
        CREATE TABLE events (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          kind INTEGER NOT NULL,
          user INTEGER NOT NULL,
          peer INTEGER,
          id TEXT,
          room TEXT,
          name TEXT,
          peer_name TEXT,
          text TEXT,
          at INTEGER NOT NULL
        );
        INSERT INTO events (seq, kind, user, id, room, name, text, at)
          SELECT seq, 1, first, id, room, sender, text, at FROM events_before
            JOIN (SELECT sender AS name, min(seq) AS first FROM events_before GROUP BY sender) ON name = sender
            ORDER BY seq;
        DELETE FROM sqlite_sequence WHERE name = 'events';
        INSERT INTO sqlite_sequence (name, seq) SELECT 'events', seq FROM sqlite_sequence WHERE name = 'events_before';
        DROP TABLE events_before;
        CREATE UNIQUE INDEX events_once ON events (user, id) WHERE id IS NOT NULL;
        CREATE INDEX events_of_room ON events (room, seq) WHERE room IS NOT NULL;
        CREATE TABLE privates (
          user INTEGER NOT NULL,
          seq INTEGER NOT NULL,
          peer INTEGER NOT NULL,
          PRIMARY KEY (user, seq)
        ) WITHOUT ROWID;
        CREATE INDEX privates_of_pair ON privates (user, peer, seq);
        CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, token TEXT, seen INTEGER NOT NULL);
        CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
        INSERT INTO meta VALUES
          ('ledger', lower(hex(randomblob(4)))),
          ('floor', ifnull((SELECT min(seq) - 1 FROM events), 0)),
          ('indexed', 0);
        \(texts(named: "texts"))
        """,
        // Sanctions, deletions and announcements. `subject` is the key of a name, the number of a user, or a network.
        """
        ALTER TABLE events ADD COLUMN number INTEGER;
        CREATE INDEX events_for_all ON events (seq) WHERE kind = 12;
        CREATE TABLE sanctions (
          kind INTEGER NOT NULL,
          subject TEXT NOT NULL,
          name TEXT NOT NULL,
          user INTEGER,
          high INTEGER,
          low INTEGER,
          bits INTEGER,
          until INTEGER,
          reason TEXT,
          since INTEGER NOT NULL,
          PRIMARY KEY (kind, subject)
        ) WITHOUT ROWID;
        INSERT INTO meta VALUES ('noticed', 0);
        """,
        // Rows of `privates` are written after the commit. AUTOINCREMENT goes, because it writes one more page in each
        // commit: `floor` has the newest number that retention deleted, and `given` the newest one at the migration. The
        // schema's text may be edited where the file's pages stay valid (https://sqlite.org/lang_altertable.html).
        """
        INSERT INTO meta VALUES
          ('placed', (SELECT ifnull(max(seq), 0) FROM events)),
          ('given', (SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'));
        DELETE FROM sqlite_sequence;
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY AUTOINCREMENT', 'PRIMARY KEY') WHERE name = 'events';
        PRAGMA writable_schema = RESET;
        """,
        // Changes of messages. `place` is the room of an edit or a reaction: an index of it does not slow down the pages of messages.
        // `note` of a message has the ids that it mentions, with commas, `@` first where it mentions all, and `!` last where a bot sent it.
        // Devices: the token of a user becomes its first device's.
        """
        ALTER TABLE events ADD COLUMN re INTEGER;
        ALTER TABLE events ADD COLUMN edited INTEGER;
        ALTER TABLE events ADD COLUMN note TEXT;
        ALTER TABLE events ADD COLUMN place TEXT;
        CREATE INDEX events_of_place ON events (place, seq) WHERE place IS NOT NULL;
        CREATE TABLE reactions (
          message INTEGER NOT NULL,
          emoji TEXT NOT NULL,
          user INTEGER NOT NULL,
          seq INTEGER NOT NULL,
          PRIMARY KEY (message, emoji, user)
        ) WITHOUT ROWID;
        CREATE TABLE former_names (
          user INTEGER NOT NULL,
          name TEXT NOT NULL,
          since INTEGER NOT NULL,
          PRIMARY KEY (user, name)
        ) WITHOUT ROWID;
        CREATE TABLE positions (
          user INTEGER NOT NULL,
          room TEXT NOT NULL,
          peer INTEGER NOT NULL,
          upto INTEGER NOT NULL,
          seq INTEGER NOT NULL,
          PRIMARY KEY (user, room, peer)
        ) WITHOUT ROWID;
        CREATE TABLE topics (
          room TEXT PRIMARY KEY,
          title TEXT NOT NULL,
          topic TEXT NOT NULL,
          user INTEGER NOT NULL,
          id TEXT NOT NULL,
          name TEXT NOT NULL,
          at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX positions_in_order ON positions (seq);
        CREATE TABLE bots (user INTEGER PRIMARY KEY, rooms TEXT NOT NULL);
        CREATE TABLE tokens (
          user INTEGER NOT NULL,
          device INTEGER NOT NULL,
          hash TEXT NOT NULL,
          created INTEGER NOT NULL,
          seen INTEGER NOT NULL,
          label TEXT,
          PRIMARY KEY (user, device)
        ) WITHOUT ROWID;
        INSERT INTO tokens (user, device, hash, created, seen)
          SELECT id, id, token, ifnull((SELECT at FROM events WHERE seq = users.id AND kind = 3), seen), seen
            FROM users WHERE token IS NOT NULL;
        ALTER TABLE users DROP COLUMN token;
        ALTER TABLE users ADD COLUMN recovery TEXT;
        """,
        // The status lines of users.
        "ALTER TABLE users ADD COLUMN status TEXT;",
        // The subjects of users with signed tokens.
        "ALTER TABLE users ADD COLUMN subject TEXT;",
    ]
}
