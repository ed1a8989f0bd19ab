internal import CHiredis
internal import Glibc

/// Reads replies in RESP2 from the bytes of a connection, by hiredis, within limits.
///
/// Not Sendable, and used by one thread at a time. What it holds is at most the limit, 64 KiB of
/// bytes that have just come, and some 100 bytes for each element.
@safe final class RedisReader {
    /// How much is read at once.
    private static let step = 1 << 16

    private let reader: UnsafeMutablePointer<rtc_redis_reader>?

    /// - Parameters:
    ///   - byteLimit: the most that one reply has, with all its parts, in bytes.
    ///   - elementLimit: the most elements that it has, in all its arrays together.
    init(byteLimit: Int, elementLimit: Int) {
        // SAFETY: the reader is made here, is this object's alone, and is freed in its deinit.
        unsafe reader = rtc_redis_reader_create(max(1, byteLimit), max(1, elementLimit))
    }

    // SAFETY: it is ours, and freed once.
    deinit {
        if let reader = unsafe reader { unsafe rtc_redis_reader_free(reader) }
    }

    /// Reads bytes, and calls `body` with each reply that they complete, until it says false.
    ///
    /// - Throws: ``RedisRefusal`` for what is no RESP2 and for what is above a limit; nothing is
    ///   read after it any more.
    // SAFETY: the library copies the bytes during the call. A reply is ours, and freed once, after
    // it has been copied.
    func read(_ bytes: Span<UInt8>, _ body: (RedisReply) -> Bool) throws(RedisRefusal) {
        guard let reader = unsafe reader else { throw RedisRefusal("there is no memory for its replies") }
        var place = 0
        while place < bytes.count {
            let count = min(Self.step, bytes.count - place)
            unsafe bytes.extracting(place..<place + count).withUnsafeBytes { part in
                unsafe rtc_redis_reader_feed(reader, part.baseAddress?.assumingMemoryBound(to: CChar.self), part.count)
            }
            place += count
            while true {
                var reply: UnsafeMutablePointer<redisReply>?
                let status = unsafe rtc_redis_reader_next(reader, &reply)
                guard status >= 0 else { throw unsafe RedisRefusal(Self.reason(reader)) }
                guard status > 0, let object = unsafe reply else { break }
                let value = unsafe Self.value(object)
                unsafe freeReplyObject(object)
                guard body(value) else { return }
            }
        }
    }

    // SAFETY: both are texts with an end, of the reader or for good; it is alive.
    private static func reason(_ reader: UnsafeMutablePointer<rtc_redis_reader>) -> String {
        guard let text = unsafe reader.pointee.refusal else { return "no RESP" }
        return unsafe RedisText.words(Array(UnsafeRawBufferPointer(start: text, count: strnlen(text, 127))))
    }

    // SAFETY: the library fills the fields that belong to a type, and `len` and `elements` count
    // what the pointers lead to. It nests no deeper than 8.
    private static func value(_ reply: UnsafeMutablePointer<redisReply>) -> RedisReply {
        let object = unsafe reply.pointee
        switch unsafe object.type {
        case REDIS_REPLY_INTEGER: return unsafe .integer(object.integer)
        case REDIS_REPLY_NIL: return .null
        case REDIS_REPLY_ERROR: return unsafe .error(RedisText.words(bytes(object)))
        case REDIS_REPLY_ARRAY:
            guard let elements = unsafe object.element else { return .array([]) }
            return unsafe .array(
                UnsafeBufferPointer(start: elements, count: object.elements).map { element in
                    guard let element = unsafe element else { return .null }
                    return unsafe value(element)
                })
        default: return unsafe .text(bytes(object))
        }
    }

    private static func bytes(_ object: redisReply) -> [UInt8] {
        // SAFETY: hiredis keeps `len` bytes at `str` until the reply is freed, which is later.
        guard let text = unsafe object.str else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: text, count: object.len))
    }
}
