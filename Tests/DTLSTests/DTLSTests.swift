// Tests of DTLS; see the files beside this one.
