// Tests of NetworkLoop; see the files beside this one.
