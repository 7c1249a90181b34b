"""What the manual chatrelay.service(8) tells an administrator to write, so that the tests try exactly that."""

from website import REPOSITORY


def block(name):
    """The lines that the manual shows after its comment `tested: name`."""
    text = (REPOSITORY / "systemd" / "chatrelay.service.8").read_text()
    shown = text.partition(f'.\\" tested: {name}\n')[2].partition("\n.Ed\n")[0].splitlines()
    assert shown and shown[0].startswith(".Bd "), name
    # A line that begins with a dot would be a macro; \e is a backslash.
    return "".join(line.replace("\\&", "").replace("\\e", "\\").replace("\\(dq", '"') + "\n" for line in shown[1:])
