/// Several frames of VP9 in one (bitstream specification Annex B): those that are not shown before
/// one that is, or the layers of a picture.
enum VP9Superframe {
    /// Where the frames stand, at most 8; none if there is no index at the end, or it does not fit.
    static func frames(in bytes: [UInt8]) -> [Range<Int>] {
        guard let marker = bytes.last, marker & 0xE0 == 0xC0 else { return [] }
        let (count, width) = (Int(marker & 7) + 1, Int(marker >> 3 & 3) + 1)
        let index = bytes.count - 2 - count * width
        guard index >= 0, bytes[index] == marker else { return [] }
        var (frames, place) = ([Range<Int>](), 0)
        for number in 0..<count {
            let size = Int(bytes.little(at: index + 1 + number * width, count: width))
            guard size <= index - place else { return [] }
            frames.append(place..<place + size)
            place += size
        }
        return frames
    }
}
