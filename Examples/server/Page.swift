/// The page that the server shows: it connects, and shows what comes back.
let page = """
    <!doctype html>
    <meta charset="utf-8">
    <title>echo</title>
    <input id="line" autofocus placeholder="type, and press Enter"><pre id="log"></pre>
    <script type="module">
    const connection = new RTCPeerConnection();
    const chat = connection.createDataChannel("chat");
    const log = text => document.querySelector("#log").append(text + "\\n");
    chat.onopen = () => log("connected");
    chat.onmessage = event => log(event.data);
    chat.onclose = () => log("closed");
    document.querySelector("#line").onchange = event => { chat.send(event.target.value); event.target.value = ""; };

    // Candidates that are found before the server has named the connection wait for that.
    const post = (path, body) => fetch(path, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const { promise: place, resolve: placed } = Promise.withResolvers();
    connection.onicecandidate = async event => {
        if (event.candidate) await post(await place + "/candidates", event.candidate);
    };

    await connection.setLocalDescription();
    const response = await post("/offer", connection.localDescription);
    if (!response.ok) { log(await response.text()); throw new Error("refused"); }
    placed(response.headers.get("Location"));
    await connection.setRemoteDescription(await response.json());
    </script>
    """
