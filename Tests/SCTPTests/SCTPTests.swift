// Tests of SCTP; see the files beside this one.
