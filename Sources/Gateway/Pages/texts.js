// All that the pages say. `data-text` in a page names what an element shows; `{}` stands for a value.

const english = {
    home: "Overview", room: "Room", calls: "Calls", mesh: "Mesh chat", debug: "Mesh debug panel", sessions: "Sessions",
    homeIntro: "Pages for what this server carries. Each is a few lines over the module swift-webrtc.js.",
    roomIntro: "Everybody in a room can call everybody else, any number at once.",
    callsIntro: "Calls between users who are known by their tokens, on any number of devices.",
    meshIntro: "A chat with the mesh that this server is a node of.",
    debugIntro: "What the node of this server knows about the mesh.",
    sessionsIntro: "Requests and replies on a data channel, and over HTTP where there is no way for it.",

    "state.connecting": "Connecting…", "state.connected": "Connected", "state.disconnected": "Disconnected",
    "state.discovering": "Discovering", "state.error": "Error", "state.http": "Over HTTP", "state.closed": "Closed",
    "state.failed": "Failed", "state.new": "New",
    connection: "Connection", connectionState: "Connection State", noServer: "No connection to the server: {}",

    myID: "My ID", peersInRoom: "Peers in Room ({})", noPeersInRoom: "No other peers connected", peerID: "Peer ID",
    status: "Status", action: "Action", available: "Available", calling: "Calling…", connected: "Connected",
    call: "Call", cancel: "Cancel", hangUp: "Hang Up", callWhom: "Call {}", cancelWhom: "Cancel the call to {}",
    hangUpWhom: "Hang up on {}", ownVideo: "My camera", videoOf: "Video of {}",
    askingCamera: "Asking for camera and microphone…",
    cameraRefused: "Camera or microphone was refused. You have not joined the room. Allow them in the browser, then try again.",
    cameraMissing: "No camera or microphone was found. You have not joined the room.",
    cameraInsecure: "Browsers give camera and microphone only to pages on https: or localhost. You have not joined the room.",
    cameraFailed: "Camera or microphone cannot be used: {} You have not joined the room.",
    tryAgain: "Try again", "ended.hung-up-there": "{} has hung up.", "ended.left": "{} has left.",
    "ended.unanswered": "{} did not answer.",

    token: "Token", connect: "Connect", disconnect: "Disconnect", signedInAs: "You are {}", recipient: "Call whom",
    sendAudio: "Microphone", sendVideo: "Camera", rejectBusy: "I am busy: reject calls", accept: "Accept", reject: "Reject",
    callsNow: "Calls", noCalls: "No calls", pastCalls: "Past calls", noPastCalls: "No past calls",
    incomingFrom: "{} is calling", "call.calling": "Calling…", "call.ringing": "Ringing", "call.accepted": "Accepted",
    acceptWhom: "Accept the call of {}", rejectWhom: "Reject the call of {}",
    "reason.rejected": "rejected", "reason.busy": "busy", "reason.missed": "missed", "reason.hung-up": "hung up",
    "reason.answered-elsewhere": "answered on another device", "reason.offline": "not connected",
    "reason.glare": "both have called", "reason.refused": "refused by the server", tokenRefused: "The token was refused.",
    mediaFailed: "The call goes on without camera and microphone: {}", callWith: "Call with {}",

    peerType: "Peer Type", controller: "Controller", display: "Display", displayName: "Display Name",
    testDevice: "Test Device", startPeer: "Start Peer", myPeerID: "My Peer ID", isLeader: "Is Leader", yes: "Yes", no: "No",
    leaderID: "Leader ID", none: "None", peerCount: "Peer Count", connectedPeers: "Connected Peers",
    noPeers: "No peers connected", name: "Name", type: "Type", leaderMark: "(Leader)", you: "(You)",
    "status.connected": "Connected", "status.disconnected": "Disconnected",

    sendTo: "To", everybody: "Everybody", message: "Message", send: "Send", messages: "Messages", noMessages: "No messages yet", nobodyThere: "(nobody is there)",
    me: "Me", toWhom: "Me to {}",

    sessionID: "Session ID", request: "Request", actionName: "Action", members: "Members (JSON)", streamed: "Streamed reply",
    replies: "Replies", noReplies: "No replies yet", diagnosis: "Diagnosis", sessionInfo: "Session at the server",
    refresh: "Refresh", serverStats: "All sessions", notJSON: "The members are no JSON: {}", noSession: "No session",

    streams: "Streams", streamsIntro: "Pictures and sound from one source to any number of watchers, who share keys and mouse.",
    noStreams: "No streams", watch: "Watch", watchWhat: "Watch {}", stopStream: "End", stopWhat: "End {}",
    "stream.starting": "Starting", "stream.live": "Live", "stream.failed": "Failed", "stream.stopped": "Stopped",
    "watching.connecting": "Connecting…", "watching.ended": "It is over", "watching.closed": "Closed",
    framesPerSecond: "{} pictures/s", watchers: "Watchers: {}", recorded: "recorded", screenOf: "Picture of {}; keys go to its source",
    inputHint: "Keys, mouse and gamepads go to the source while the picture has the focus; Tab leaves it.",
    picture: "Picture", size: "Largest width", sizeAny: "Any", paused: "Paused", sound: "Sound", record: "Record",
    endRecording: "End recording", leave: "Leave", newStream: "New stream", source: "Source", sourceCamera: "My camera",
    sourceTest: "Test picture", sourceFile: "File", sourceRecording: "Recording", sourceProgram: "Program", fileName: "Its name",
    begin: "Begin",
};

const german = {
    home: "Übersicht", room: "Raum", calls: "Anrufe", mesh: "Mesh-Chat", debug: "Mesh-Diagnose", sessions: "Sitzungen",
    homeIntro: "Seiten für das, was dieser Server überträgt. Jede besteht aus wenigen Zeilen mit dem Modul swift-webrtc.js.",
    roomIntro: "Alle in einem Raum können einander anrufen, auch mehrere zugleich.",
    callsIntro: "Anrufe zwischen Benutzern, die ihr Token ausweist, auf beliebig vielen Geräten.",
    meshIntro: "Ein Chat mit dem Mesh, zu dem dieser Server gehört.",
    debugIntro: "Was der Knoten dieses Servers über das Mesh weiß.",
    sessionsIntro: "Anfragen und Antworten über einen Datenkanal, oder über HTTP, wo es keinen gibt.",

    "state.connecting": "Verbindet…", "state.connected": "Verbunden", "state.disconnected": "Getrennt",
    "state.discovering": "Sucht", "state.error": "Fehler", "state.http": "Über HTTP", "state.closed": "Geschlossen",
    "state.failed": "Gescheitert", "state.new": "Neu",
    connection: "Verbindung", connectionState: "Verbindungszustand", noServer: "Keine Verbindung zum Server: {}",

    myID: "Meine ID", peersInRoom: "Teilnehmer im Raum ({})", noPeersInRoom: "Niemand sonst ist verbunden", peerID: "ID",
    status: "Status", action: "Aktion", available: "Erreichbar", calling: "Ruft an…", connected: "Verbunden",
    call: "Anrufen", cancel: "Abbrechen", hangUp: "Auflegen", callWhom: "{} anrufen", cancelWhom: "Anruf bei {} abbrechen",
    hangUpWhom: "Gespräch mit {} beenden", ownVideo: "Meine Kamera", videoOf: "Bild von {}",
    askingCamera: "Kamera und Mikrofon werden angefragt…",
    cameraRefused: "Kamera oder Mikrofon wurde verweigert. Sie sind nicht im Raum. Erlauben Sie beides im Browser und versuchen Sie es erneut.",
    cameraMissing: "Keine Kamera oder kein Mikrofon gefunden. Sie sind nicht im Raum.",
    cameraInsecure: "Browser geben Kamera und Mikrofon nur Seiten mit https: oder von localhost. Sie sind nicht im Raum.",
    cameraFailed: "Kamera oder Mikrofon ist nicht verwendbar: {} Sie sind nicht im Raum.",
    tryAgain: "Erneut versuchen", "ended.hung-up-there": "{} hat aufgelegt.", "ended.left": "{} ist gegangen.",
    "ended.unanswered": "{} hat nicht geantwortet.",

    token: "Token", connect: "Verbinden", disconnect: "Trennen", signedInAs: "Sie sind {}", recipient: "Wen anrufen",
    sendAudio: "Mikrofon", sendVideo: "Kamera", rejectBusy: "Besetzt: Anrufe ablehnen", accept: "Annehmen", reject: "Ablehnen",
    callsNow: "Anrufe", noCalls: "Keine Anrufe", pastCalls: "Frühere Anrufe", noPastCalls: "Keine früheren Anrufe",
    incomingFrom: "{} ruft an", "call.calling": "Ruft an…", "call.ringing": "Klingelt", "call.accepted": "Angenommen",
    acceptWhom: "Anruf von {} annehmen", rejectWhom: "Anruf von {} ablehnen",
    "reason.rejected": "abgelehnt", "reason.busy": "besetzt", "reason.missed": "verpasst", "reason.hung-up": "aufgelegt",
    "reason.answered-elsewhere": "auf einem anderen Gerät angenommen", "reason.offline": "nicht verbunden",
    "reason.glare": "beide haben angerufen", "reason.refused": "vom Server abgelehnt", tokenRefused: "Das Token wurde abgelehnt.",
    mediaFailed: "Der Anruf geht ohne Kamera und Mikrofon weiter: {}", callWith: "Anruf mit {}",

    peerType: "Art", controller: "Steuerung", display: "Anzeige", displayName: "Anzeigename",
    testDevice: "Testgerät", startPeer: "Starten", myPeerID: "Meine ID", isLeader: "Führt", yes: "Ja", no: "Nein",
    leaderID: "ID des Führenden", none: "Keiner", peerCount: "Anzahl der Knoten", connectedPeers: "Verbundene Knoten",
    noPeers: "Keine Knoten verbunden", name: "Name", type: "Art", leaderMark: "(führt)", you: "(dieser)",
    "status.connected": "Verbunden", "status.disconnected": "Getrennt",

    sendTo: "An", everybody: "Alle", message: "Nachricht", send: "Senden", messages: "Nachrichten",
    noMessages: "Noch keine Nachrichten", nobodyThere: "(niemand ist da)", me: "Ich", toWhom: "Ich an {}",

    sessionID: "Sitzung", request: "Anfrage", actionName: "Aktion", members: "Weitere Angaben (JSON)", streamed: "Antwort in Teilen",
    replies: "Antworten", noReplies: "Noch keine Antworten", diagnosis: "Diagnose", sessionInfo: "Sitzung beim Server",
    refresh: "Aktualisieren", serverStats: "Alle Sitzungen", notJSON: "Die Angaben sind kein JSON: {}", noSession: "Keine Sitzung",

    streams: "Streams", streamsIntro: "Bild und Ton einer Quelle für beliebig viele Zuschauer, die Tasten und Maus teilen.",
    noStreams: "Keine Streams", watch: "Ansehen", watchWhat: "{} ansehen", stopStream: "Beenden", stopWhat: "{} beenden",
    "stream.starting": "Beginnt", "stream.live": "Läuft", "stream.failed": "Gescheitert", "stream.stopped": "Beendet",
    "watching.connecting": "Verbindet…", "watching.ended": "Er ist zu Ende", "watching.closed": "Geschlossen",
    framesPerSecond: "{} Bilder/s", watchers: "Zuschauer: {}", recorded: "wird aufgezeichnet", screenOf: "Bild von {}; Tasten gehen an die Quelle",
    inputHint: "Tasten, Maus und Gamepads gehen an die Quelle, solange das Bild den Fokus hat; Tab verlässt es.",
    picture: "Bild", size: "Größte Breite", sizeAny: "Beliebig", paused: "Pause", sound: "Ton", record: "Aufzeichnen",
    endRecording: "Aufzeichnung beenden", leave: "Verlassen", newStream: "Neuer Stream", source: "Quelle", sourceCamera: "Meine Kamera",
    sourceTest: "Testbild", sourceFile: "Datei", sourceRecording: "Aufzeichnung", sourceProgram: "Programm", fileName: "Ihr Name",
    begin: "Beginnen",
};

const languages = { en: english, de: german };

/** The language of the page: `?lang=`, else the first of the reader's that is here. */
export function chooseLanguage(search, preferred) {
    const wanted = [new URLSearchParams(search).get("lang"), ...preferred];
    return wanted.map((tag) => tag?.slice(0, 2).toLowerCase()).find((tag) => tag in languages) ?? "en";
}

export const language = chooseLanguage(globalThis.location?.search ?? "", globalThis.navigator?.languages ?? []);

/** The text of the name, with the values in the place of each `{}`. */
export function text(name, ...values) {
    const found = languages[language][name] ?? english[name] ?? name;
    return found.replaceAll("{}", () => String(values.shift() ?? ""));
}

export const textNames = Object.fromEntries(Object.entries(languages).map(([tag, texts]) => [tag, Object.keys(texts)]));
