// The browser's end of an interop test. The test calls `begin(number, peer, operation, arguments)` and collects what happened
// with `take(milliseconds)`; the peers in Python understand the same operations and report the same events.
'use strict';

const peers = new Map();
const happened = [];
let wakeTaker = null;

function report(peer, event, details = {}) {
  happened.push({ peer, event, ...details });
  if (wakeTaker) wakeTaker();
}

// Everything that happened since the last call; waits a little while there is nothing, so that polling is cheap.
async function take(milliseconds) {
  if (happened.length === 0) {
    await new Promise((resolve) => {
      wakeTaker = resolve;
      setTimeout(resolve, milliseconds);
    });
    wakeTaker = null;
  }
  return happened.splice(0);
}

function base64(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function bytes(base64Text) {
  return Uint8Array.from(atob(base64Text), (character) => character.charCodeAt(0));
}

class Peer {
  constructor(name, configuration) {
    this.name = name;
    this.channels = new Map();
    this.ignored = 0;
    this.rolledBack = 0;
    this.problems = [];
    this.connection = new RTCPeerConnection(configuration);
    this.connection.onconnectionstatechange = () => report(name, 'state', { state: this.connection.connectionState });
    this.connection.onicecandidate = ({ candidate }) =>
      report(name, 'candidate', { candidate: candidate && candidate.candidate ? candidate.toJSON() : null });
    this.connection.ondatachannel = ({ channel }) => {
      report(name, 'channel', Peer.describe(channel));
      this.adopt(channel);
    };
  }

  static describe(channel) {
    const { label, ordered, maxRetransmits, maxPacketLifeTime, protocol, negotiated, id } = channel;
    return { label, ordered, maxRetransmits, maxPacketLifeTime, protocol, negotiated, id };
  }

  adopt(channel) {
    const label = channel.label;
    channel.binaryType = 'arraybuffer';
    this.channels.set(label, channel);
    channel.onopen = () => report(this.name, 'open', { label });
    channel.onclose = () => report(this.name, 'closed', { label });
    channel.onmessage = ({ data }) =>
      report(this.name, 'message', typeof data === 'string' ? { label, text: data } : { label, base64: base64(data) });
    // A channel that the other side opened may be open by now.
    if (channel.readyState === 'open') report(this.name, 'open', { label });
  }

  createDataChannel({ label, options }) {
    this.adopt(this.connection.createDataChannel(label, options));
  }

  // Sections for media, beside the data.
  addTransceivers({ kinds }) {
    for (const kind of kinds) this.connection.addTransceiver(kind);
  }

  stopTransceiver({ index }) {
    this.connection.getTransceivers()[index].stop();
  }

  // The states of all its transports, each named once.
  transportStates() {
    const { sctp } = this.connection;
    const transports = this.connection.getSenders().map((sender) => sender.transport);
    const all = new Set([...transports, sctp && sctp.transport].filter(Boolean));
    return [...all].map((transport) => transport.state);
  }

  async describeLocally({ complete }) {
    await this.connection.setLocalDescription();
    if (complete && this.connection.iceGatheringState !== 'complete') {
      await new Promise((resolve) => {
        this.connection.addEventListener('icegatheringstatechange', () => {
          if (this.connection.iceGatheringState === 'complete') resolve();
        });
      });
    }
    return this.connection.localDescription.toJSON();
  }

  setRemoteDescription({ description }) {
    return this.connection.setRemoteDescription(description);
  }

  addCandidate({ candidate }) {
    return this.connection.addIceCandidate(candidate ?? undefined);
  }

  send({ label, text, base64: data }) {
    this.channels.get(label).send(text ?? bytes(data));
  }

  // Messages `<number>:<padding>`, as fast as the channel takes them.
  async sendSequence({ label, count, size }) {
    const channel = this.channels.get(label);
    channel.bufferedAmountLowThreshold = 1 << 18;
    for (let number = 0; number < count; number++) {
      if (channel.bufferedAmount > 1 << 20) {
        await new Promise((resolve) => channel.addEventListener('bufferedamountlow', resolve, { once: true }));
      }
      channel.send(`${number}:`.padEnd(size, '.'));
    }
  }

  // The same, without keeping the caller until all are sent.
  startSequence(parameters) {
    this.sendSequence(parameters);
  }

  closeChannel({ label }) {
    this.channels.get(label).close();
  }

  close() {
    this.socket?.close();
    this.connection.close();
  }

  // From now on this end negotiates by itself with peer `to` of a signaling server: the pattern of W3C WebRTC 10.7.
  async negotiate({ url, id, to, polite }) {
    const connection = this.connection;
    const socket = (this.socket = new WebSocket(url));
    const say = (type, fields) => socket.send(JSON.stringify({ type, from_peer_id: id, to_peer_id: to, ...fields }));
    let offering = false;
    let answering = false;
    let ignoring = false;
    connection.onnegotiationneeded = async () => {
      offering = true;
      await connection.setLocalDescription();
      say(connection.localDescription.type, { sdp: connection.localDescription.sdp });
      offering = false;
    };
    connection.onicecandidate = ({ candidate }) => say('ice', { candidate: '', ...candidate?.toJSON() });
    const handlers = {
      error({ message }) {
        throw message;
      },
      async offer({ type, sdp }) {
        ignoring = !polite && (offering || (connection.signalingState !== 'stable' && !answering));
        if (ignoring) {
          this.ignored++;
          return;
        }
        if (connection.signalingState === 'have-local-offer' && !answering) this.rolledBack++;
        await connection.setRemoteDescription({ type, sdp });
        await connection.setLocalDescription();
        say(connection.localDescription.type, { sdp: connection.localDescription.sdp });
      },
      async answer({ type, sdp }) {
        answering = true;
        await connection.setRemoteDescription({ type, sdp });
        answering = false;
      },
      async ice({ candidate, sdpMid = null, sdpMLineIndex = null, usernameFragment = null }) {
        const isForOne = candidate !== '' || sdpMid !== null || sdpMLineIndex !== null;
        try {
          await connection.addIceCandidate(
            isForOne ? { candidate, sdpMid, sdpMLineIndex, usernameFragment } : undefined);
        } catch (error) {
          if (!ignoring) throw error;
        }
      },
    };
    socket.onmessage = async ({ data }) => {
      const message = JSON.parse(data);
      try {
        await handlers[message.type]?.call(this, message);
      } catch (error) {
        this.problems.push(`${message.type}: ${error}`);
      }
    };
    await new Promise((resolve) => (socket.onopen = resolve));
    socket.send(JSON.stringify({ type: 'register', peer_id: id, peer_type: 'display', display_name: id }));
    const heartbeat = setInterval(() => socket.send(JSON.stringify({ type: 'heartbeat', peer_id: id })), 2000);
    socket.onclose = () => clearInterval(heartbeat);
  }

  // Changes that need a negotiation.
  change({ add, stop, turn, restart }) {
    const connection = this.connection;
    if (add) connection.addTransceiver(add);
    if (stop !== undefined) connection.getTransceivers().find(({ mid }) => mid === stop).stop();
    if (turn) connection.getTransceivers().find(({ mid }) => mid === turn.mid).direction = turn.direction;
    if (restart) connection.restartIce();
  }

  // Returns once this end uses a pair whose remote candidate has one of these ports. No event tells of it.
  async usesPort({ ports }) {
    for (;;) {
      const report = await this.connection.getStats();
      for (const pair of report.values()) {
        if (pair.type !== 'candidate-pair' || pair.state !== 'succeeded' || !pair.nominated) continue;
        if (ports.includes(report.get(pair.remoteCandidateId)?.port)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  // What the negotiation has led to. Comes when something changed, or after a little while.
  async negotiated() {
    const connection = this.connection;
    await new Promise((resolve) => {
      connection.addEventListener('signalingstatechange', resolve, { once: true });
      setTimeout(resolve, 5);
    });
    return {
      state: connection.signalingState,
      ignored: this.ignored,
      rolledBack: this.rolledBack,
      problems: this.problems,
      ufrag: connection.currentLocalDescription?.sdp.match(/a=ice-ufrag:(.*)/)[1] ?? null,
      transceivers: connection
        .getTransceivers()
        .map(({ mid, direction, currentDirection }) => ({ mid, direction, currentDirection })),
    };
  }
}

async function perform(name, operation, parameters) {
  if (operation === 'create') {
    peers.set(name, new Peer(name, parameters.configuration));
    return null;
  }
  return (await peers.get(name)[operation](parameters)) ?? null;
}

// Begins an operation. Its outcome is the result if it comes at once, and is reported otherwise: the driver carries out
// one script at a time, so none may wait for what another one brings.
async function begin(number, name, operation, parameters) {
  const outcome = perform(name, operation, parameters).then(
    (value) => ({ value }),
    (error) => ({ error: `${error}` }),
  );
  const first = await Promise.race([outcome, new Promise((resolve) => setTimeout(resolve, 20, null))]);
  if (!first) outcome.then((late) => report(name, 'finished', { finished: number, ...late }));
  return first;
}

// The answer to each of these offers, or the error that it leads to.
async function answersTo(offers) {
  const answers = [];
  for (const sdp of offers) {
    const connection = new RTCPeerConnection();
    try {
      await connection.setRemoteDescription({ type: 'offer', sdp });
      answers.push({ answer: (await connection.createAnswer()).sdp });
    } catch (error) {
      answers.push({ error: `${error}` });
    }
    connection.close();
  }
  return answers;
}

// Whether each of these candidates is taken, after this offer.
async function candidatesTaken(sdp, candidates) {
  const taken = [];
  for (const candidate of candidates) {
    const connection = new RTCPeerConnection();
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription();
    taken.push(await connection.addIceCandidate(candidate).then(
      () => true,
      () => false,
    ));
    connection.close();
  }
  return taken;
}
