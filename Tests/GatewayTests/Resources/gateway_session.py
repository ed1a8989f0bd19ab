"""A client of the session interface on aiortc."""
import asyncio
import json
import urllib.error
import urllib.request

from aiortc import RTCPeerConnection, RTCSessionDescription


def call(base, method, path, body=None):
    request = urllib.request.Request(
        base + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


async def connect(base):
    """Opens a session. Its id, its connection, its channel, and what sends more requests over HTTP."""
    status, offer = call(base, "POST", "/v1/webrtc/offer", {"peer_id": "python"})
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
    post = lambda *arguments: loop.run_in_executor(None, call, base, *arguments)
    status, answer = await post("POST", "/v1/webrtc/answer", {"session_id": session, "sdp": sdp})
    assert status == 200 and answer["status"] in ("connecting", "connected"), (status, answer)
    for candidate in candidates:
        status, answer = await post(
            "POST", "/v1/webrtc/ice",
            {"session_id": session, "candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0})
        assert status == 200, (status, answer)
    return session, connection, await opened, post
