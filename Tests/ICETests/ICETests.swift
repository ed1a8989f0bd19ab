// Tests of ICE; see the files beside this one.
