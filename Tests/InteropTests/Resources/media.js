// Media of a browser's end: a picture whose top row counts the frames in bits, a tone, and what is seen of the other end's.
'use strict';

const bits = 16;
const cell = 20;

// A canvas that counts its frames: square i is white where bit i of the number is set. It is 320 times 240 by that scale.
function countingCanvas(scale = 1) {
  const canvas = document.createElement('canvas');
  canvas.width = bits * cell * scale;
  canvas.height = 240 * scale;
  const context = canvas.getContext('2d', { alpha: false });
  context.scale(scale, scale);
  let number = 0;
  const draw = () => {
    number++;
    context.fillStyle = `hsl(${number % 360} 60% 50%)`;
    context.fillRect(0, 2 * cell, canvas.width, canvas.height);
    for (let bit = 0; bit < bits; bit++) {
      context.fillStyle = (number >> bit) & 1 ? 'white' : 'black';
      context.fillRect(bit * cell, 0, cell, 2 * cell);
    }
    return number;
  };
  draw();
  return { canvas, draw };
}

// A tone, and what makes it loud and low: a microphone that is none where the browser has one, for without a sound card
// Firefox's audio does not run, and that tone stays as it is.
async function tone() {
  if (navigator.userAgent.includes('Firefox')) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return { track: stream.getAudioTracks()[0], setLoud() {} };
  }
  const context = new AudioContext();
  const source = context.createOscillator();
  const volume = context.createGain();
  const output = context.createMediaStreamDestination();
  source.connect(volume).connect(output);
  source.start();
  return {
    track: output.stream.getAudioTracks()[0],
    setLoud: (isLoud) => volume.gain.setValueAtTime(isLoud ? 0.9 : 0.03, context.currentTime),
  };
}

// The number in the picture that a video shows; null before there is one.
function numberIn(video) {
  if (!video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = bits * cell;
  canvas.height = 240;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  let number = 0;
  for (let bit = 0; bit < bits; bit++) {
    const [red, green, blue] = context.getImageData(bit * cell + cell / 2, cell, 1, 1).data;
    if (red + green + blue > 384) number |= 1 << bit;
  }
  return number;
}

Object.assign(Peer.prototype, {
  // Sends a picture, a tone or both; with a codec, only that one. The tone is loud while bit 5 of the picture's number is set.
  async sendMedia({ video, audio, codec, encodings, scale, rate }) {
    const stream = new MediaStream();
    const sound = audio ? await tone() : null;
    if (sound) stream.addTrack(sound.track);
    if (video) stream.addTrack(this.draw(scale, sound, rate));
    this.sent = stream;
    for (const track of stream.getTracks()) {
      if (encodings && track.kind === 'video') {
        this.connection.addTransceiver(track, { streams: [stream], sendEncodings: encodings });
      } else {
        this.connection.addTrack(track, stream);
      }
    }
    if (codec) this.prefer({ kind: 'video', codec });
  },

  // The track of a picture that counts from now on, in place of the one before.
  draw(scale, sound, rate = 30) {
    const { canvas, draw } = countingCanvas(scale);
    this.endMedia?.();
    const timer = setInterval(() => {
      this.pictureNumber = draw();
      sound?.setLoud((this.pictureNumber >> 5) & 1);
      this.onDrawn?.();
    }, Math.floor(1000 / rate));
    this.endMedia = () => clearInterval(timer);
    return canvas.captureStream(rate).getVideoTracks()[0];
  },

  // Returns once so many pictures have been drawn.
  async drawn({ number }) {
    await new Promise((resolve) => {
      this.onDrawn = () => {
        if (this.pictureNumber >= number) resolve();
      };
    });
  },

  // From now on black and silent, or nothing at all.
  async mute({ how }) {
    this.muted = this.connection.getSenders().filter(({ track }) => track).map((sender) => [sender, sender.track]);
    for (const [sender, track] of this.muted) {
      if (how === 'enabled') track.enabled = false;
      else await sender.replaceTrack(null);
    }
  },

  async unmute() {
    for (const [sender, track] of this.muted) {
      track.enabled = true;
      await sender.replaceTrack(track);
    }
  },

  // Ends what is sent, and returns how many pictures that were once no more of them are sent, nor sent again, for a second.
  async finishMedia() {
    this.endMedia();
    for (const track of this.sent.getTracks()) track.stop();
    // Firefox goes on with silence where a track has only ended.
    if (navigator.userAgent.includes('Firefox')) {
      for (const sender of this.connection.getSenders()) await sender.replaceTrack(null);
    }
    for (let last = null, round = 0; ; round++) {
      const report = [...(await this.connection.getStats()).values()];
      const streams = report.filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video');
      const sum = (member) => streams.reduce((sum, stream) => sum + (stream[member] ?? 0), 0);
      const state = [sum('framesEncoded'), sum('framesSent'), sum('retransmittedPacketsSent')];
      if (`${state}` === last || round === 8) return { encoded: state[0], sent: state[1], again: state[2] };
      last = `${state}`;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  },

  prefer({ kind, codec, sdpFmtpLine }) {
    const { codecs } = RTCRtpReceiver.getCapabilities(kind);
    const wanted = codecs.filter(
      ({ mimeType, sdpFmtpLine: parameters }) =>
        mimeType.toLowerCase() === codec.toLowerCase() && (!sdpFmtpLine || parameters === sdpFmtpLine));
    const repair = codecs.filter(({ mimeType }) => mimeType.endsWith('/rtx'));
    for (const transceiver of this.connection.getTransceivers()) {
      if (transceiver.receiver.track.kind === kind) transceiver.setCodecPreferences([...wanted, ...repair]);
    }
  },

  // Whether this browser can receive a codec.
  has({ kind, codec }) {
    const { codecs } = RTCRtpReceiver.getCapabilities(kind);
    return codecs.some(({ mimeType }) => mimeType.toLowerCase() === codec.toLowerCase());
  },

  // Shows what comes.
  watch() {
    this.videos = [];
    this.listener = new AudioContext();
    this.ear = this.listener.createAnalyser();
    this.ear.fftSize = 4096;
    this.connection.addEventListener('connectionstatechange', () => {
      if (this.connection.connectionState === 'connected') this.connectedAt ??= performance.now();
    });
    this.connection.ontrack = ({ track }) => {
      const element = document.createElement(track.kind);
      element.autoplay = true;
      element.muted = true;
      element.playsInline = true;
      element.srcObject = new MediaStream([track]);
      document.body.append(element);
      if (track.kind !== 'video') {
        this.listener.createMediaStreamSource(element.srcObject).connect(this.ear);
        return;
      }
      this.videos.push(element);
      const seen = (element.seen = { count: 0, first: null, last: null, longest: 0 });
      const look = (now) => {
        seen.count++;
        seen.first ??= now;
        if (seen.last !== null) seen.longest = Math.max(seen.longest, now - seen.last);
        seen.last = now;
        element.requestVideoFrameCallback(look);
      };
      element.requestVideoFrameCallback(look);
    };
  },

  // The milliseconds from the connection to the first picture, once that is shown.
  async pictureDelay() {
    const end = performance.now() + 20000;
    while (performance.now() < end) {
      const first = Math.min(...this.videos.map(({ seen }) => seen.first ?? Infinity));
      if (first !== Infinity && this.connectedAt) return Math.max(0, Math.round(first - this.connectedAt));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('no picture is shown');
  },

  // Returns once so many pictures have been shown, and the longest time from one to the next in milliseconds.
  async shown({ count }) {
    const end = performance.now() + 25000;
    while (performance.now() < end) {
      for (const { seen } of this.videos) if (seen.count >= count) return Math.round(seen.longest);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`shown: ${JSON.stringify(this.videos.map(({ seen }) => seen))}`);
  },

  // Returns once a picture of that width is shown.
  async showsWidth({ width }) {
    const end = performance.now() + 25000;
    while (performance.now() < end) {
      if (this.videos.some(({ videoWidth }) => videoWidth === width)) return width;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`widths: ${JSON.stringify(this.videos.map(({ videoWidth }) => videoWidth))}`);
  },

  // Returns the widths of so many pictures once each is shown, and one has that width, or all have.
  async showsWidths({ count, width, all }) {
    const end = performance.now() + 30000;
    while (performance.now() < end) {
      const widths = this.videos.map(({ videoWidth }) => videoWidth);
      const fits = all ? widths.every((each) => each === width) : widths.includes(width);
      if (widths.length === count && widths.every((each) => each > 0) && fits) return widths;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`widths: ${JSON.stringify(this.videos.map(({ videoWidth }) => videoWidth))}`);
  },

  // Returns once the number in each picture has changed so often from now on.
  async allChange({ count }) {
    const end = performance.now() + 30000;
    const numbers = this.videos.map((video) => [numberIn(video), 0]);
    while (performance.now() < end) {
      for (const [index, video] of this.videos.entries()) {
        const number = numberIn(video);
        if (numbers[index][0] !== number) numbers[index] = [number, numbers[index][1] + 1];
      }
      if (numbers.every(([, changes]) => changes >= count)) return numbers.length;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`changes: ${JSON.stringify(numbers)}`);
  },

  // Returns once the number in a picture has changed so often from now on.
  async pictureChanges({ count }) {
    const start = performance.now();
    const numbers = this.videos.map((video) => [numberIn(video), 0]);
    while (performance.now() < start + 20000) {
      for (const [index, video] of this.videos.entries()) {
        const number = numberIn(video);
        numbers[index] ??= [number, 0];
        if (numbers[index][0] !== number) numbers[index] = [number, numbers[index][1] + 1];
        if (numbers[index][1] >= count) return Math.round(performance.now() - start);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const media = this.connection.getTransceivers().map(
      ({ mid, direction, currentDirection, receiver: { track } }) =>
        `${mid} ${track.kind} ${direction} ${currentDirection} ${track.muted} ${track.readyState}`);
    throw new Error(`the picture stands: ${JSON.stringify(numbers)} ${media}`);
  },

  // What is sent changes: another picture in the place of the present one, or the picture is taken away and given again.
  async changePicture({ how }) {
    const sender = this.connection.getSenders().find(({ track }) => track?.kind === 'video');
    const track = this.draw();
    if (how === 'replace') return sender.replaceTrack(track);
    if (how === 'remove') this.connection.removeTrack(sender);
    if (how === 'stop') this.connection.getTransceivers().find((one) => one.sender === sender).stop();
    this.connection.addTrack(track, this.sent);
  },

  // Returns once a video shows a picture with a number above this one, and the number.
  async pictureAfter({ number }) {
    const end = performance.now() + 20000;
    while (performance.now() < end) {
      for (const video of this.videos) {
        const shown = numberIn(video);
        if (shown !== null && shown > number) return shown;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return null;
  },

  // The pitch of what is heard, once it is loud and above that.
  async toneAbove({ hertz }) {
    const end = performance.now() + 20000;
    const levels = new Float32Array(this.ear.frequencyBinCount);
    while (performance.now() < end) {
      this.ear.getFloatFrequencyData(levels);
      const loudest = levels.indexOf(Math.max(...levels));
      const pitch = Math.round((loudest * this.listener.sampleRate) / this.ear.fftSize);
      if (levels[loudest] > -50 && pitch > hertz) return pitch;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return null;
  },

  // Entries of the report of these types.
  async stats({ types }) {
    const report = await this.connection.getStats();
    return [...report.values()].filter(({ type }) => types.includes(type)).map((entry) => ({ ...entry }));
  },

  // Returns once an entry of the type has more than that of a member, and the entry.
  async statAbove({ type, kind, member, value }) {
    const end = performance.now() + 20000;
    let last = null;
    while (performance.now() < end) {
      for (const entry of (await this.connection.getStats()).values()) {
        if (entry.type !== type || (kind && entry.kind !== kind)) continue;
        last = { ...entry };
        if (entry[member] > value) return last;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no ${type} of ${kind} with ${member} above ${value}; the last: ${JSON.stringify(last)}`);
  },
});
