extension Span<UInt8> {
    /// The byte at a place; 0 beyond the end.
    func byte(_ place: Int) -> UInt8 { indices.contains(place) ? self[place] : 0 }
}
