// Tests of SDP; see the files beside this one.
