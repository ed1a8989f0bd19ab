// Plays sequences of calls on two connections and notes after each what can be seen of them. The other half, with the same
// calls on our connections, is in Differential/; both write the same observations.
'use strict';

// Three tracks of each kind, the same for all sequences.
let pool = null;
function makePool() {
  const sound = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
  const picture = document.createElement('canvas').captureStream().getVideoTracks()[0];
  return [sound, sound.clone(), sound.clone(), picture, picture.clone(), picture.clone()];
}

// The names of streams are random, so they are numbered as they appear.
class Names {
  constructor() {
    this.known = new Map();
  }

  of(text) {
    if (!this.known.has(text)) this.known.set(text, 's' + this.known.size);
    return this.known.get(text);
  }
}

function read(sdp) {
  const lines = sdp.split('\r\n').filter((line) => line);
  const starts = lines.flatMap((line, at) => (line.startsWith('m=') ? [at] : []));
  return {
    session: lines.slice(0, starts[0] ?? lines.length),
    sections: starts.map((start, at) => lines.slice(start, starts[at + 1] ?? lines.length)),
  };
}

function write({ session, sections }) {
  return [...session, ...sections.flat()].map((line) => line + '\r\n').join('');
}

function values(lines, name) {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

// What is compared of a description; `fragments` are the credentials in use.
function outline(description, names, fragments) {
  if (!description) return null;
  const { session, sections } = read(description.sdp);
  return {
    type: description.type,
    group: values(session, 'group'),
    sections: sections.map((lines) => ({
      kind: lines[0].slice(2).split(' ')[0],
      mid: values(lines, 'mid')[0] ?? null,
      rejected: lines[0].split(' ')[1] === '0' && !lines.includes('a=bundle-only'),
      direction: directions.find((direction) => lines.includes('a=' + direction)) ?? null,
      streams: values(lines, 'msid').map((value) => value.split(' ')[0]).map((id) => (id === '-' ? id : names.of(id))),
      setup: values(lines, 'setup')[0] ?? null,
      isRestarted: !values(lines, 'ice-ufrag').every((fragment) => fragments.includes(fragment)),
    })),
  };
}

// Spoils a description on purpose; the Swift half does the same.
function spoil(sdp, change) {
  if (!change) return sdp;
  const [what, place, argument] = change.split(' ');
  const parts = read(sdp);
  const at = place && parts.sections.length ? Number(place) % parts.sections.length : 0;
  const section = parts.sections[at] ?? [''];
  const without = (...names) => (line) => !names.some((name) => line.startsWith(`a=${name}:`));
  const all = (filter) => {
    parts.session = parts.session.filter(filter);
    parts.sections = parts.sections.map((lines) => lines.filter(filter));
  };
  const leaveGroup = (mid) => {
    parts.session = parts.session.map((line) =>
      line.startsWith('a=group:') ? line.split(' ').filter((word) => word !== mid).join(' ') : line);
  };
  if (!parts.sections.length && ['reject', 'direction', 'retag'].includes(what)) return write(parts);
  switch (what) {
    case 'garbage': return 'garbage\r\n';
    case 'ungrouped': all(without('group')); break;
    case 'untagged': all(without('group', 'mid')); break;
    case 'anonymous': all(without('fingerprint')); break;
    case 'unreachable': all(without('ice-ufrag', 'ice-pwd')); break;
    case 'streamless': all(without('msid', 'ssrc', 'ssrc-group')); break;
    case 'setup':
      parts.sections = parts.sections.map((lines) => lines.map((line) =>
        line.startsWith('a=setup:') ? 'a=setup:' + argument : line));
      break;
    case 'restart':
      parts.sections = parts.sections.map((lines) => lines.map((line) =>
        line.startsWith('a=ice-ufrag:') ? 'a=ice-ufrag:other' + place
          : line.startsWith('a=ice-pwd:') ? 'a=ice-pwd:anotherpasswordforthesession' : line));
      break;
    case 'stranger':
      parts.sections = parts.sections.map((lines) => lines.map((line) =>
        line.startsWith('a=fingerprint:') ? 'a=fingerprint:sha-256 ' + Array(32).fill('0' + Number(place) % 10).join(':')
          : line));
      break;
    case 'reject':
      section[0] = section[0].replace(/ \d+ /, ' 0 ');
      parts.sections[at] = section.filter((line) => line !== 'a=bundle-only');
      leaveGroup(values(section, 'mid')[0]);
      break;
    case 'leave': leaveGroup(values(section, 'mid')[0]); break;
    case 'direction':
      parts.sections[at] = section.map((line) => (directions.includes(line.slice(2)) ? 'a=' + argument : line));
      break;
    case 'shorten': leaveGroup(values(parts.sections.pop() ?? [], 'mid')[0]); break;
    case 'swap': parts.sections = [...parts.sections.slice(0, 2).reverse(), ...parts.sections.slice(2)]; break;
    case 'retag':
      parts.sections[at] = section.map((line) => (line.startsWith('a=mid:') ? 'a=mid:' + argument : line));
      parts.session = parts.session.map((line) => line.startsWith('a=group:')
        ? line.split(' ').map((word) => (word === values(section, 'mid')[0] ? argument : word)).join(' ') : line);
      break;
    case 'unknown':
      parts.sections.push(['m=message 9 TCP/MSRP *', 'c=IN IP4 0.0.0.0', 'a=mid:msg']);
      break;
  }
  return write(parts);
}

class DifferentialPeer {
  constructor(names, streams, configuration) {
    this.names = names;
    this.streams = streams;
    this.configuration = configuration;
    this.connection = new RTCPeerConnection(configuration);
    this.seen = [];
    this.channels = [];
    this.created = {};
    // The credentials of the last stable state.
    this.fragments = [];
    this.remoteFragments = [];
    this.named = new Set();
    this.clear();
    const connection = this.connection;
    connection.onicecandidate = ({ candidate }) => candidate && this.named.add(candidate.sdpMid);
    connection.onnegotiationneeded = () => this.needed++;
    connection.onsignalingstatechange = () => this.states.push(connection.signalingState);
    connection.ontrack = ({ transceiver, streams }) =>
      this.tracks.push([transceiver.mid, ...streams.map(({ id }) => names.of(id))]);
  }

  clear() {
    this.needed = 0;
    this.states = [];
    this.tracks = [];
  }

  transceiver(index) {
    return this.seen[index % this.seen.length];
  }

  async play(step, other) {
    const connection = this.connection;
    const streams = (step.streams ?? []).map((index) => this.streams[index]);
    const target = step.index === undefined ? null : this.transceiver(step.index);
    const needsTarget = ['removeTrack', 'setDirection', 'stop', 'replaceTrack', 'setStreams', 'setCodecPreferences'];
    if (needsTarget.includes(step.call) && !target) return 'skipped';
    switch (step.call) {
      case 'createOffer':
        this.created.offer = await connection.createOffer({ iceRestart: step.restart ?? false });
        return 'done';
      case 'createAnswer':
        this.created.answer = await connection.createAnswer();
        return 'done';
      case 'setLocal': {
        if (!step.type) {
          await connection.setLocalDescription();
          return 'done';
        }
        const made = step.type === 'offer' ? this.created.offer : this.created.answer;
        if (step.source === 'created' && step.type !== 'rollback' && !made) return 'skipped';
        await connection.setLocalDescription({ type: step.type, sdp: step.source === 'created' ? made?.sdp ?? '' : '' });
        return 'done';
      }
      case 'setRemote': {
        if (step.type === 'rollback') {
          await connection.setRemoteDescription({ type: 'rollback' });
          return 'done';
        }
        const kept = step.type === 'offer' ? other.created.offer : other.created.answer;
        const found = step.source === 'created' ? kept : other.connection.localDescription;
        if (!found) return 'skipped';
        const sdp = write({ session: read(found.sdp).session, sections: read(found.sdp).sections.map((lines) =>
          lines.filter((line) => !line.startsWith('a=candidate:') && line !== 'a=end-of-candidates')) });
        await connection.setRemoteDescription({ type: step.type, sdp: spoil(sdp, step.change) });
        return 'done';
      }
      case 'addTransceiver':
        connection.addTransceiver(step.track === undefined ? step.kind : pool[step.track],
          { direction: step.direction, streams });
        return 'done';
      case 'addTrack': connection.addTrack(pool[step.track], ...streams); return 'done';
      case 'removeTrack': (step.foreign ? other.connection : connection).removeTrack(target.sender); return 'done';
      case 'setDirection': target.direction = step.direction; return 'done';
      case 'stop': target.stop(); return 'done';
      case 'replaceTrack':
        await target.sender.replaceTrack(step.track === undefined ? null : pool[step.track]);
        return 'done';
      case 'setStreams': target.sender.setStreams(...streams); return 'done';
      case 'createDataChannel':
        this.channels.push(connection.createDataChannel('', step.id === undefined ? {} : { negotiated: true, id: step.id }));
        return 'done';
      case 'restartIce': connection.restartIce(); return 'done';
      case 'addIceCandidate': {
        if (!step.candidate) await connection.addIceCandidate();
        else await connection.addIceCandidate(this.candidate(step.candidate, connection));
        return 'done';
      }
      case 'setConfiguration':
        connection.setConfiguration({ ...this.configuration, ...step.configuration });
        return 'done';
      case 'close': connection.close(); return 'done';
      case 'gather': return await this.gather() ? 'done' : 'skipped';
    }
    throw new Error('unknown call ' + step.call);
  }

  // The username fragment `#n` is that of a section of the remote description.
  candidate(given, connection) {
    const wanted = given.usernameFragment;
    if (!wanted?.startsWith('#')) return given;
    const sections = read(connection.remoteDescription?.sdp ?? '').sections;
    const found = values(sections[Number(wanted.slice(1)) % Math.max(1, sections.length)] ?? [], 'ice-ufrag')[0];
    return { ...given, usernameFragment: found ?? 'none' };
  }

  // Waits for the candidates of what was agreed on.
  async gather() {
    const connection = this.connection;
    if (connection.signalingState !== 'stable') return false;
    if (!connection.localDescription?.sdp.includes('a=ice-ufrag:')) return true;
    for (let tries = 0; tries < 100 && connection.iceGatheringState !== 'complete'; tries++) await settle(20);
    return true;
  }

  // The sections that speak for a transport and have had candidates, if no more will come.
  gathered() {
    const connection = this.connection;
    if (connection.signalingState !== 'stable') return null;
    if (connection.iceGatheringState !== 'complete') return connection.iceGatheringState;
    const { session, sections } = read(connection.localDescription?.sdp ?? '');
    const bundled = values(session, 'group').flatMap((group) => group.split(' ').slice(2));
    return sections.filter((lines) => lines[0].split(' ')[1] !== '0').flatMap((lines) => values(lines, 'mid').slice(0, 1))
      .filter((mid) => this.named.has(mid) && !bundled.includes(mid));
  }

  settled() {
    const fragments = (description) => values(read(description?.sdp ?? '').sections.flat(), 'ice-ufrag');
    this.fragments = fragments(this.connection.currentLocalDescription);
    this.remoteFragments = fragments(this.connection.currentRemoteDescription);
  }

  observe(isGathered) {
    const connection = this.connection;
    for (const transceiver of connection.getTransceivers()) {
      if (!this.seen.includes(transceiver)) this.seen.push(transceiver);
    }
    const listed = connection.getTransceivers();
    const type = (description) => description?.type ?? null;
    return {
      signalingState: connection.signalingState,
      descriptions: [connection.currentLocalDescription, connection.pendingLocalDescription,
        connection.currentRemoteDescription, connection.pendingRemoteDescription].map(type),
      local: outline(connection.localDescription, this.names, this.fragments),
      remote: outline(connection.remoteDescription, this.names, this.remoteFragments),
      transceivers: this.seen.map((transceiver) => ({
        listed: listed.indexOf(transceiver),
        kind: transceiver.receiver.track.kind,
        mid: transceiver.mid,
        direction: transceiver.direction,
        currentDirection: transceiver.currentDirection,
        sends: transceiver.sender.track !== null,
        receiver: transceiver.receiver.track.readyState,
        muted: transceiver.receiver.track.muted,
        transport: !transceiver.sender.transport ? null
          : this.seen.findIndex(({ sender }) => sender.transport === transceiver.sender.transport),
      })),
      negotiationNeeded: this.needed,
      states: this.states,
      tracks: this.tracks,
      gathered: isGathered ? this.gathered() : null,
      sctp: connection.sctp !== null,
      channels: this.channels.map(({ id, negotiated, readyState }) => ({ id: negotiated ? id : null, readyState })),
      canTrickle: connection.canTrickleIceCandidates,
    };
  }
}

// Events of a step come in tasks of their own.
function settle(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function playSequence(steps, configuration, patience) {
  const names = new Names();
  const streams = [0, 1, 2].map(() => new MediaStream());
  for (const stream of streams) names.of(stream.id);
  const peers = [0, 1].map(() => new DifferentialPeer(names, streams, configuration));
  const observations = [];
  for (const step of steps) {
    const peer = peers[step.peer];
    peer.clear();
    let result;
    try {
      result = await peer.play(step, peers[1 - step.peer]);
    } catch (error) {
      result = error.name;
      peer.lastMessage = error.message;
    }
    await settle(patience);
    const made = result !== 'done' ? null : step.call === 'createOffer' ? peer.created.offer
      : step.call === 'createAnswer' ? peer.created.answer : null;
    const observation = { result, created: outline(made, names, peer.fragments), ...peer.observe(step.call === 'gather') };
    if (peer.connection.signalingState === 'stable') peer.settled();
    observations.push({ ...observation,
      note: result === 'done' || result === 'skipped' ? '' : peer.lastMessage });
  }
  for (const peer of peers) peer.connection.close();
  return observations;
}

async function playSequences(sequences, patience) {
  await gc({ type: 'major', execution: 'async' });
  pool ??= makePool();
  return Promise.all(sequences.map(({ steps, bundlePolicy }) => playSequence(steps, { iceServers: [], bundlePolicy }, patience)));
}
