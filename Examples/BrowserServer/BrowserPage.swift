/// A page that sends a camera and a microphone, or shows what comes, or both.
public struct BrowserPage: Sendable {
    /// What the browser sends.
    public var sends: [Kind]
    /// What it receives and plays.
    public var receives: [Kind]
    /// Whether it sends its picture in three sizes.
    public var sendsSizes: Bool

    public enum Kind: String, Sendable {
        case audio, video
    }

    public init(sends: [Kind] = [], receives: [Kind] = [], sendsSizes: Bool = false) {
        self.sendsSizes = sendsSizes
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
        const received = new MediaStream();
        // Not before something comes: a page with a video that has nothing to show is never loaded.
        connection.ontrack = event => {
            received.addTrack(event.track);
            event.track.onunmute = () => document.querySelector("video").srcObject ??= received;
        };

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
