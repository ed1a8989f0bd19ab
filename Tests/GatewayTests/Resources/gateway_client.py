"""A client of the session interface on aiortc: opens a session, and asks a thousand things at once."""
import asyncio
import json
import sys
import urllib.error
import urllib.request

from aiortc import RTCPeerConnection, RTCSessionDescription

base = sys.argv[1]


def call(method, path, body=None):
    request = urllib.request.Request(
        base + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


async def main():
    status, offer = call("POST", "/v1/webrtc/offer", {"peer_id": "python"})
    assert status == 200 and offer["type"] == "offer", (status, offer)
    session = offer["session_id"]
    connection = RTCPeerConnection()
    opened = asyncio.get_running_loop().create_future()
    connection.on("datachannel", opened.set_result)
    await connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    lines = connection.localDescription.sdp.splitlines()
    candidates = [line[2:] for line in lines if line.startswith("a=candidate:")]
    # The description first and its candidates after it, as they trickle from a browser.
    sdp = "\r\n".join(
        line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))) + "\r\n"
    loop = asyncio.get_running_loop()
    post = lambda *arguments: loop.run_in_executor(None, call, *arguments)
    status, answer = await post("POST", "/v1/webrtc/answer", {"session_id": session, "sdp": sdp})
    assert status == 200 and answer["status"] in ("connecting", "connected"), (status, answer)
    for candidate in candidates:
        status, answer = await post(
            "POST", "/v1/webrtc/ice",
            {"session_id": session, "candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0})
        assert status == 200, (status, answer)
    channel = await opened

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
