"""A load of clients that edit and delete their messages, and react to those of others. What each one shows at the end is
compared with the ledger."""

import sqlite3

from client.frames import command
from client.loads import IN_FLIGHT, ChattingClients, ChattingMember

EMOJI = "👍🎉👀😀🚀"


class ChangingMember(ChattingMember):
    """Talks, and changes what was said. It shows what the protocol says that it should show."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.user, self.refused, self.changes = None, 0, 0
        # By sequence number: the text that it shows, None for a deleted message, and (emoji, user) of each reaction.
        self.shown, self.reactions = {}, {}

    def take(self, payload):
        event = self.decoded(payload)
        if event["type"] == "welcome":
            self.user = event["user"]
        elif event["type"] in ("edited", "deleted", "reaction"):
            return self._take_change(event)
        elif event["type"] == "error" and event["code"] == "no-such-message":
            # Deleted while the change was on its way.
            self.refused += 1
            del self.pending[event["id"]]
            return
        super().take(payload)

    def _take_message(self, event):
        super()._take_message(event)
        self.shown[event["seq"]] = event["text"]

    def _take_change(self, event):
        if self.seq is not None:
            assert event["seq"] > self.seq, f"{self.name} was at {self.seq}: {event}"
            self.seq = event["seq"]
        self.changes += 1
        message = event["message"]
        if event["type"] == "reaction":
            reactions = self.reactions.setdefault(message, set())
            (reactions.add if event["on"] else reactions.discard)((event["emoji"], event["user"]))
        elif self.shown.get(message) is not None:
            self.shown[message] = event["text"] if event["type"] == "edited" else None
        if event["user"] == self.user:
            self._confirm(event)

    def speak(self):
        chance = self.clients.chance
        if not self.is_live or len(self.pending) >= IN_FLIGHT or not self.log or chance.random() < 0.5:
            return super().speak()
        self.sent += 1
        id = f"{self.number}-{self.sent}"
        own = [seq for seq, _, name, *_ in self.log if name == self.name]
        kind = chance.choice(["react", "react", "edit", "delete"] if own else ["react"])
        message = {"type": kind, "id": id, "message": chance.choice(own[-5:] if kind != "react" else self.log[-5:])}
        if kind == "react":
            message |= {"message": message["message"][0], "emoji": chance.choice(EMOJI), "on": chance.random() < 0.7}
        elif kind == "edit":
            message["text"] = f"{id} edited"
        self.pending[id] = message
        self.write(command(**message))


class ChangingClients(ChattingClients):
    member_class = ChangingMember

    def verify(self, path):
        """Compares what each member shows with the file of the ledger."""
        database = sqlite3.connect(path)
        texts = dict(database.execute("SELECT seq, text FROM events WHERE kind IN (1, 2)"))
        places = {seq: (kind, room, name, peer) for seq, kind, room, name, peer in database.execute(
            "SELECT seq, kind, room, name, peer_name FROM events WHERE kind IN (1, 2) AND text IS NOT NULL")}
        reactions = {}
        for seq, emoji, user in database.execute("SELECT message, emoji, user FROM reactions"):
            reactions.setdefault(seq, set()).add((emoji, user))
        newest = database.execute("SELECT max(seq) FROM events").fetchone()[0]
        database.close()
        for member in self.members:
            wanted = {seq for seq, (kind, room, name, peer) in places.items()
                      if (room in member.rooms if kind == 1 else member.name in (name, peer))}
            self.wait(lambda: self._shows(member, texts, reactions, wanted), f"the state of the ledger at {member.name}")
            shown = {seq for seq, text in member.shown.items() if text is not None}
            assert shown == wanted, f"{member.name} shows {shown - wanted} too much, and lacks {wanted - shown}"
        return newest

    @staticmethod
    def _shows(member, texts, reactions, wanted):
        return all(member.shown.get(seq) == texts[seq] and member.reactions.get(seq, set()) == reactions.get(seq, set())
                   for seq in wanted)
