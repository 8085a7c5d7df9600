/// A random generator that a seed determines (SplitMix64): a failing test prints the seed and can be
/// repeated.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    /// What a failing test prints.
    package let seed: UInt64
    private var state: UInt64

    /// The same seed gives the same numbers for ever.
    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
