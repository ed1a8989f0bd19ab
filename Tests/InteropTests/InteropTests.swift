// Tests of Interop; see the files beside this one.
