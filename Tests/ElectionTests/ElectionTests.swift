// Tests of Election; see the files beside this one.
