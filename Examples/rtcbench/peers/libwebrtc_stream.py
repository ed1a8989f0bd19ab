"""libwebrtc as the offerer of `rtcbench stream`: a camera whose encoder follows the library's own estimate.

    python3 libwebrtc_stream.py stream --role offer --exchange DIRECTORY
"""
import argparse
import asyncio
import os
import random
from pathlib import Path

import webrtc

WIDTH, HEIGHT, RATE = 640, 360, 30
MOST = 20_000_000  # bit/s: so that nothing but the path limits it


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["stream"])
    parser.add_argument("--role", choices=["offer"], required=True)
    parser.add_argument("--exchange", type=Path, required=True)
    options = parser.parse_args()
    connection = webrtc.RTCPeerConnection()
    track = webrtc.MediaStreamTrackGenerator("video")
    sender = connection.addTrack(track, webrtc.MediaStream([track]))
    await connection.setLocalDescription()
    while connection.iceGatheringState != "complete":
        await asyncio.sleep(0.01)
    write(options.exchange / "offer", connection.localDescription.sdp)
    answer = await read(options.exchange / "answer")
    await connection.setRemoteDescription(webrtc.RTCSessionDescriptionInit("answer", answer))
    parameters = sender.getParameters()
    parameters.encodings[0].max_bitrate = MOST
    await sender.setParameters(parameters)
    filming = asyncio.ensure_future(film(track.writable.getWriter()))
    await read(options.exchange / "done")
    filming.cancel()
    connection.close()


async def film(writer):
    """Pictures of noise that moves, so that no rate is too much for the encoder."""
    loop = asyncio.get_running_loop()
    noise = random.Random(1).randbytes(4 * WIDTH * HEIGHT)
    chroma = b"\x80" * (WIDTH * HEIGHT // 2)
    start, count = loop.time(), 0
    while True:
        place = random.Random(count).randrange(3 * WIDTH * HEIGHT)
        picture = noise[place:place + WIDTH * HEIGHT] + chroma
        init = webrtc.VideoFrameBufferInit("I420", WIDTH, HEIGHT, count * 1_000_000 // RATE)
        await writer.write(webrtc.VideoFrame(picture, init))
        count += 1
        await asyncio.sleep(max(0, start + count / RATE - loop.time()))


def write(file, text):
    """Under another name first, so that the other end never reads half of it."""
    partial = file.with_suffix(".partial")
    partial.write_text(text, newline="")
    os.replace(partial, file)


async def read(file):
    while not file.exists():
        await asyncio.sleep(0.01)
    with file.open(newline="") as opened:
        return opened.read()


asyncio.run(main())
