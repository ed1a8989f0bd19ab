// Tests of Mesh; see the files beside this one.
