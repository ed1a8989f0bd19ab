// Media of a browser's end: a picture whose top row counts the frames in bits, a tone, and what is seen of the other end's.
'use strict';

const bits = 16;
const cell = 20;

// A canvas that counts its frames: square i is white where bit i of the number is set.
function countingCanvas() {
  const canvas = document.createElement('canvas');
  canvas.width = bits * cell;
  canvas.height = 240;
  const context = canvas.getContext('2d', { alpha: false });
  let number = 0;
  const draw = () => {
    number++;
    context.fillStyle = `hsl(${number % 360} 60% 50%)`;
    context.fillRect(0, 2 * cell, canvas.width, canvas.height);
    for (let bit = 0; bit < bits; bit++) {
      context.fillStyle = (number >> bit) & 1 ? 'white' : 'black';
      context.fillRect(bit * cell, 0, cell, 2 * cell);
    }
  };
  draw();
  return { canvas, draw };
}

// A tone: a microphone that is none where the browser has one, for without a sound card Firefox's audio does not run.
async function tone() {
  if (navigator.userAgent.includes('Firefox')) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return stream.getAudioTracks()[0];
  }
  const context = new AudioContext();
  const source = context.createOscillator();
  const output = context.createMediaStreamDestination();
  source.connect(output);
  source.start();
  return output.stream.getAudioTracks()[0];
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
  // Sends a picture, a tone or both; with a codec, only that one.
  async sendMedia({ video, audio, codec, encodings }) {
    const stream = new MediaStream();
    if (video) {
      const { canvas, draw } = countingCanvas();
      const timer = setInterval(draw, 33);
      this.endMedia = () => clearInterval(timer);
      stream.addTrack(canvas.captureStream(30).getVideoTracks()[0]);
    }
    if (audio) {
      stream.addTrack(await tone());
    }
    this.sent = stream;
    for (const track of stream.getTracks()) {
      const free = this.connection.getTransceivers().find(
        ({ receiver, sender, direction, stopped }) =>
          !stopped && !sender.track && receiver.track.kind === track.kind && direction === 'recvonly');
      if (encodings && track.kind === 'video') {
        this.connection.addTransceiver(track, { streams: [stream], sendEncodings: encodings });
      } else {
        this.connection.addTrack(track, stream);
      }
    }
    if (codec) this.prefer({ kind: 'video', codec });
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
    this.connection.ontrack = ({ track, streams }) => {
      const element = document.createElement(track.kind);
      element.autoplay = true;
      element.muted = true;
      element.playsInline = true;
      element.srcObject = new MediaStream([track]);
      document.body.append(element);
      if (track.kind === 'video') this.videos.push(element);
      else this.listener.createMediaStreamSource(element.srcObject).connect(this.ear);
    };
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
