// Tests of Discovery; see the files beside this one.
