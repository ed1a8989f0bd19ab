"""What schemathesis sends where the interface takes descriptions of sessions, and not JSON: offers that are right, with
pieces cut out, doubled, and replaced."""
import random

import schemathesis
from hypothesis import strategies as st

OFFER = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0
a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=sendrecv
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=setup:actpass
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host
"""
FRAGMENT = """a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
m=audio 9 UDP/TLS/RTP/SAVPF 0
a=mid:0
a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host
a=end-of-candidates
"""


def mutated(text):
    def change(seed):
        chance = random.Random(seed)
        lines = text.splitlines()
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(lines))
            kind = chance.randrange(4)
            if kind == 0 and len(lines) > 1:
                del lines[at]
            elif kind == 1:
                lines.insert(at, lines[at])
            elif kind == 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            else:
                place = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + chance.choice("\x00 :=\u0301\u20ac9") + lines[at][place:]
        return "".join(line + "\r\n" for line in lines)

    return st.integers(0, 1 << 32).map(change)


for name, text in (("application/sdp", OFFER), ("application/trickle-ice-sdpfrag", FRAGMENT)):
    schemathesis.openapi.media_type(name, mutated(text).map(lambda text: text.encode("utf-8", "surrogatepass")))


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def plain(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
