// Tests of Signaling; see the files beside this one.
