/// A page that sends a camera and a microphone, or shows what comes, or both.
public struct BrowserPage: Sendable {
    /// What the browser sends.
    public var sends: [Kind]
    /// What it receives and plays.
    public var receives: [Kind]
    /// Whether it sends its picture in three sizes.
    public var sendsSizes: Bool
    /// Whether there may be more streams later: each has a picture of its own, named by its stream,
    /// and the offers that come on data channel `signaling` are answered there.
    public var showsAll: Bool

    public enum Kind: String, Sendable {
        case audio, video
    }

    public init(sends: [Kind] = [], receives: [Kind] = [], sendsSizes: Bool = false, showsAll: Bool = false) {
        self.sendsSizes = sendsSizes
        self.showsAll = showsAll
        self.sends = sends
        self.receives = receives
    }

    private func list(_ kinds: [Kind]) -> String {
        "[" + kinds.map { "\"\($0.rawValue)\"" }.joined(separator: ",") + "]"
    }

    var html: String {
        """
        <!doctype html>
        <meta charset="utf-8">
        <title>swift-webrtc</title>
        <video autoplay playsinline controls \(sends.isEmpty ? "muted" : "")></video><pre id="log"></pre>
        <script type="module">
        const sends = \(list(sends)), receives = \(list(receives));
        const log = text => document.querySelector("#log").append(text + "\\n");
        const connection = window.connection = new RTCPeerConnection();
        connection.onconnectionstatechange = () => log(connection.connectionState);
        const received = new MediaStream(), showsAll = \(showsAll);
        // Not before something comes: a page with a video that has nothing to show is never loaded.
        connection.ontrack = event => {
            if (showsAll) return event.streams.forEach(show);
            received.addTrack(event.track);
            event.track.onunmute = () => document.querySelector("video").srcObject ??= received;
        };

        const show = stream => {
            if (document.getElementById(stream.id)) return;
            const video = Object.assign(document.createElement("video"), { id: stream.id, autoplay: true, playsInline: true, width: 320 });
            video.srcObject = stream;
            stream.onremovetrack = () => { if (!stream.getTracks().length) video.remove(); };
            document.body.append(video);
        };
        if (showsAll) {
            const signaling = connection.createDataChannel("signaling");
            signaling.onmessage = async message => {
                const { description, candidate } = JSON.parse(message.data);
                if (candidate) return connection.addIceCandidate(candidate);
                if (description?.type !== "offer") return;
                await connection.setRemoteDescription(description);
                await connection.setLocalDescription();
                signaling.send(JSON.stringify({ description: connection.localDescription }));
            };
        }

        if (sends.length) {
            const media = await navigator.mediaDevices.getUserMedia(
                { audio: sends.includes("audio"), video: sends.includes("video") });
            for (const track of media.getTracks()) connection.addTransceiver(track, {
                direction: receives.includes(track.kind) ? "sendrecv" : "sendonly", streams: [media],
                sendEncodings: \(sendsSizes) && track.kind === "video" ? [{ rid: "q", scaleResolutionDownBy: 4 },
                    { rid: "h", scaleResolutionDownBy: 2 }, { rid: "f" }] : [{}] });
        }
        for (const kind of receives)
            if (!sends.includes(kind)) connection.addTransceiver(kind, { direction: "recvonly" });

        // One request and one response: the candidates are in the descriptions.
        await connection.setLocalDescription();
        await new Promise(resolve => {
            const look = () => { if (connection.iceGatheringState === "complete") resolve(); };
            connection.onicegatheringstatechange = look;
            setTimeout(resolve, 2000);
            look();
        });
        const response = await fetch(location.pathname.replace(/\\/$/, "") + "/offer", { method: "POST", headers: { "Content-Type": "application/json" },
            body: JSON.stringify(connection.localDescription) });
        if (!response.ok) { log(await response.text()); throw new Error("refused"); }
        await connection.setRemoteDescription(await response.json());
        </script>
        """
    }
}
