extension String {
    /// The beginning of a stranger's text, for an error that quotes it: as many scalars as are
    /// allowed, which is at least 1, the last of them `…` if there are more, and `?` for each
    /// control character.
    package func excerpt(_ limit: Int) -> String {
        var scalars = UnicodeScalarView()
        for scalar in unicodeScalars {
            guard scalars.count < limit else {
                scalars.removeLast()
                scalars.append("…")
                break
            }
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            scalars.append(isControl ? "?" : scalar)
        }
        return String(scalars)
    }
}
