extension ConnectionTransport {
    /// The media on it.
    var media: MediaSession? { mediaSession as? MediaSession }
}
