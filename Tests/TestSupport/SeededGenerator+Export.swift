// Whoever imports this module has the generator, too.
@_exported public import SeededRandom
