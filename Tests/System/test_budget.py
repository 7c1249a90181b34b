"""What a message and its deliveries cost the loop's thread, in instructions and allocations, as callgrind counts them: a budget,
within 5 %. It is of the user's side only: the kernel's, which is nearly all of it, is Tests/bench's to measure."""

import re
import signal
import subprocess

import pytest

from wire import TEXT, Wire, frame, wait_until

# Measured; a change that makes one of them 5 % larger has to say why. (Half of a message's is Foundation's JSON decoder; of a
# delivery's, glibc's send(2).)
INSTRUCTIONS_OF_MESSAGE = 77_500
INSTRUCTIONS_OF_1000_DELIVERIES = 91_000
ALLOCATIONS_OF_MESSAGE = 28.2
GROWTH = 1.05

FEW, MANY = 100, 1_100
MESSAGES, WINDOWS = 20, 3


class Counted:
    """A daemon under callgrind, and people in its lobby."""

    def __init__(self, program, folder, people):
        self.folder = folder
        self.path = str(folder / "socket")
        with open(folder / "log", "w") as log:
            self.process = subprocess.Popen(
                ["valgrind", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={folder}/profile", program,
                 "serve", "--listen", self.path, "--ledger", folder / "ledger", "--rate", "0"], stderr=log)
        wait_until(lambda: "serves on" in (folder / "log").read_text(), 60)
        self.people, self.said = [], 0
        for number in range(people):
            person = Wire(self.path)
            person.send(frame(TEXT, b'{"type":"hello","name":"n%d"}' % number))
            self._hear(person, b'"type":"history"')
            self.people.append(person)

    @staticmethod
    def _hear(person, text):
        while text not in person.frame()[1]:
            pass

    def talk(self, messages):
        """One message at a time: each arrives everywhere before the next."""
        for _ in range(messages):
            self.said += 1
            said = b'"id":"m%06d"' % self.said
            self.people[0].send(frame(TEXT, b'{"type":"message",%s,"room":"lobby","text":"%s"}' % (said, b"x" * 100), key=bytes(4)))
            for person in self.people:
                self._hear(person, said)

    def window(self, number):
        """Instructions and allocations of the loop's thread while some messages are said."""
        self._control("--zero")
        self.talk(MESSAGES)
        self._control("--dump")
        text = next(self.folder.glob(f"profile.{number}-01")).read_text()
        return int(re.search(r"^(?:summary|totals): (\d+)", text, re.M)[1]), calls(text, {"malloc", "calloc", "realloc"})

    def _control(self, what):
        subprocess.run(["callgrind_control", what, str(self.process.pid)], check=True, capture_output=True, timeout=60)

    def stop(self):
        for person in self.people:
            person.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def calls(profile, functions):
    """How often these were called (valgrind's manual, “Callgrind Format Specification”)."""
    names, callee, count = {}, None, 0
    for line in profile.splitlines():
        if match := re.match(r"c?fn=\((\d+)\)(?: (.*))?", line):
            if match[2]:
                names[match[1]] = match[2]
            if line.startswith("cfn"):
                callee = names.get(match[1])
        elif line.startswith("calls=") and callee in functions:
            count += int(line[6:].split()[0])
    return count


@pytest.fixture(scope="module")
def program(chatrelay, tmp_path_factory):
    """Without its debugging information, which is too new for Debian's valgrind."""
    stripped = tmp_path_factory.mktemp("stripped") / "chatrelay"
    subprocess.run(["objcopy", "--strip-debug", chatrelay, stripped], check=True)
    return stripped


def cheapest(program, folder, people):
    """Of some windows: what else the daemon does now and then is not to count."""
    folder.mkdir()
    counted = Counted(program, folder, people)
    try:
        counted.talk(5)
        windows = [counted.window(number) for number in range(1, WINDOWS + 1)]
    finally:
        counted.stop()
    return [min(values) / MESSAGES for values in zip(*windows)]


def test_costs_stay_within_their_budgets(program, tmp_path):
    few_instructions, few_allocations = cheapest(program, tmp_path / "few", FEW)
    many_instructions, many_allocations = cheapest(program, tmp_path / "many", MANY)
    deliveries = (many_instructions - few_instructions) * 1_000 / (MANY - FEW)
    message = few_instructions - deliveries * FEW / 1_000
    print(f"{message:.0f} instructions and {few_allocations:.1f} allocations for a message, "
          f"{deliveries:.0f} instructions and {many_allocations - few_allocations:.1f} allocations for 1,000 deliveries")
    assert deliveries <= INSTRUCTIONS_OF_1000_DELIVERIES * GROWTH
    assert message <= INSTRUCTIONS_OF_MESSAGE * GROWTH
    assert few_allocations <= ALLOCATIONS_OF_MESSAGE * GROWTH
    # Nothing is allocated for a recipient: not one in a thousand.
    assert many_allocations - few_allocations < 1
