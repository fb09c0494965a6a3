"""A card in a virtual reader of vpcd: a TCP client that answers as a card does.

vpcd's protocol (vsmartcard): each message is its length in two bytes, the high one first, and so
many bytes. One byte is a command: 0 off, 1 on, 2 reset, 4 asks for the answer to reset. Anything
longer is a command to the card. A card is there as long as the connection is.
"""

import socket
import struct
import threading
import time

ON_COMMANDS = (0, 1, 2)
ASK_ATR = 4
# A storage card behind a contactless reader: the same for all Mifare Classic 1K.
ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
ASK_UID = bytes.fromhex("FFCA000000")
OK = b"\x90\x00"
NOT_SUPPORTED = b"\x6a\x81"


class FakeCard:
    """A card on the reader from its making until it is lifted."""

    def __init__(self, port, answers):
        """`answers`: what it says to each further command; the last one stays."""
        self.answers = list(answers)
        self.asked = []
        until = time.monotonic() + 20
        while True:
            try:
                self.end = socket.create_connection(("127.0.0.1", port), timeout=5)
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        self.end.settimeout(None)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        source = self.end.makefile("rb")
        try:
            while len(head := source.read(2)) == 2:
                message = source.read(struct.unpack(">H", head)[0])
                if len(message) == 1 and message[0] in ON_COMMANDS:
                    continue
                if message == bytes([ASK_ATR]):
                    answer = ATR
                else:
                    self.asked.append(message)
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                self.end.sendall(struct.pack(">H", len(answer)) + answer)
        except OSError:
            pass

    def lift(self):
        """The card leaves the reader."""
        self.end.shutdown(socket.SHUT_RDWR)
        self.end.close()
