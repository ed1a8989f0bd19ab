"""Opens a session, and asks a thousand things at once."""
import asyncio
import json
import sys

from gateway_session import connect


async def main():
    session, connection, channel, post = await connect(sys.argv[1])
    waiting, parts, strays = {}, {}, asyncio.Queue()

    def received(text):
        reply = json.loads(text)
        id = reply.get("id")
        if "part" in reply:
            parts.setdefault(id, []).append((reply["part"], reply["result"]))
        elif id in waiting:
            waiting.pop(id).set_result(reply)
        else:
            strays.put_nowait(reply)

    channel.on("message", received)

    def ask(id, action, **members):
        waiting[id] = asyncio.get_running_loop().create_future()
        channel.send(json.dumps({"id": id, "action": action, **members}))
        return waiting[id]

    replies = await asyncio.gather(*(ask(n, "echo", text=f"text {n}") for n in range(1000)))
    assert all(reply == {"id": n, "result": f"text {n}"} for n, reply in enumerate(replies))

    ends = await asyncio.gather(*(ask(f"s{n}", "count", to=50) for n in range(20)))
    assert all(end == {"id": f"s{n}", "done": True} for n, end in enumerate(ends)), ends
    assert all(parts[f"s{n}"] == [(k, k) for k in range(50)] for n in range(20))

    assert (await ask("e1", "nothing"))["error"]["code"] == "unknown-action"
    assert (await ask("e2", "fail"))["error"]["code"] == "internal"
    # aiortc announces 256 KiB.
    assert (await ask("e3", "big"))["error"]["code"] == "too-large"
    channel.send("{")
    assert (await strays.get())["error"]["code"] == "malformed"
    assert (await ask("i", "system_info"))["result"]["name"] == "swift-webrtc"

    status, document = await post("GET", f"/v1/webrtc/session/{session}")
    assert status == 200 and document["state"] == "connected", document
    assert document["stats"]["messages_received"] >= 1024, document["stats"]
    status, counts = await post("GET", "/v1/webrtc/stats")
    assert counts["active"] == counts["connected"] == counts["total"] == 1, counts
    assert (await post("DELETE", f"/v1/webrtc/session/{session}"))[0] == 204
    await connection.close()
    print("ok")


asyncio.run(asyncio.wait_for(main(), 50))
