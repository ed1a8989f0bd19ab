// Tests of WebRTC; see the files beside this one.
