internal import COpenSSL

/// Arithmetic with points of P-256, as SPAKE2 needs it: OpenSSL's, whose multiplication takes the
/// same time for all scalars.
///
/// A point is 65 bytes, not compressed (SEC 1 §2.3.3), and never the identity; a scalar is 32, the
/// largest first. An instance is for one thread at a time.
///
/// SAFETY: for all members, `group`, `numbers` and `order` are made in `init`, owned by this
/// instance alone, which cannot be copied, and freed once, in `deinit`. What a call makes beside
/// them is freed in it. OpenSSL reads and writes as many bytes as it is told of arrays that live
/// through the call.
@safe struct P256: ~Copyable {
    static let pointCount = 65
    static let scalarCount = 32

    private let group: OpaquePointer
    private let numbers: OpaquePointer
    private let order: OpaquePointer

    init() throws(GroupKeyError) {
        guard let group = unsafe EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else { throw Self.failure }
        let numbers = unsafe BN_CTX_secure_new()
        guard let numbers = unsafe numbers, let order = unsafe BN_dup(EC_GROUP_get0_order(group)) else {
            unsafe BN_CTX_free(numbers)
            unsafe EC_GROUP_free(group)
            throw Self.failure
        }
        unsafe (self.group, self.numbers, self.order) = (group, numbers, order)
    }

    deinit {
        unsafe BN_free(order)
        unsafe BN_CTX_free(numbers)
        unsafe EC_GROUP_free(group)
    }

    /// A random scalar from 1 to the order less 1.
    func randomScalar() throws(GroupKeyError) -> [UInt8] {
        guard let number = unsafe BN_secure_new() else { throw Self.failure }
        defer { unsafe BN_clear_free(number) }
        for _ in 0..<128 {
            guard unsafe BN_priv_rand_range(number, order) == 1 else { throw Self.failure }
            if unsafe BN_is_zero(number) == 0 { return try unsafe bytes(of: number) }
        }
        throw Self.failure
    }

    /// A number of any length, the largest byte first, modulo the order; nil if that is zero.
    func scalar(reducing bytes: [UInt8]) throws(GroupKeyError) -> [UInt8]? {
        guard let number = unsafe BN_secure_new() else { throw Self.failure }
        defer { unsafe BN_clear_free(number) }
        guard unsafe BN_bin2bn(bytes, Int32(clamping: bytes.count), number) != nil,
            unsafe BN_nnmod(number, number, order, numbers) == 1
        else { throw Self.failure }
        return unsafe BN_is_zero(number) == 1 ? nil : try self.bytes(of: number)
    }

    /// The point that these bytes are, not compressed; nil unless they are one of the curve and not
    /// the identity. The bytes may be compressed.
    func point(_ bytes: [UInt8]) throws(GroupKeyError) -> [UInt8]? {
        guard let point = try unsafe decoded(bytes) else { return nil }
        defer { unsafe EC_POINT_clear_free(point) }
        return try unsafe encoded(point)
    }

    /// A point, or the generator, so many times; nil if the point is none, or that is the identity.
    func product(_ scalar: [UInt8], _ bytes: [UInt8]? = nil) throws(GroupKeyError) -> [UInt8]? {
        guard let result = unsafe EC_POINT_new(group), let number = unsafe BN_secure_new() else { throw Self.failure }
        defer {
            unsafe BN_clear_free(number)
            unsafe EC_POINT_clear_free(result)
        }
        unsafe BN_set_flags(number, BN_FLG_CONSTTIME)
        guard unsafe BN_bin2bn(scalar, Int32(clamping: scalar.count), number) != nil else { throw Self.failure }
        guard let bytes else {
            guard unsafe EC_POINT_mul(group, result, number, nil, nil, numbers) == 1 else { throw Self.failure }
            return try unsafe encoded(result)
        }
        guard let point = try unsafe decoded(bytes) else { return nil }
        defer { unsafe EC_POINT_clear_free(point) }
        guard unsafe EC_POINT_mul(group, result, nil, point, number, numbers) == 1 else { throw Self.failure }
        return try unsafe encoded(result)
    }

    /// The sum of two points, or the first less the second; nil if one is none, or that is the
    /// identity.
    func sum(_ left: [UInt8], _ right: [UInt8], negated: Bool = false) throws(GroupKeyError) -> [UInt8]? {
        guard let first = try unsafe decoded(left) else { return nil }
        defer { unsafe EC_POINT_clear_free(first) }
        guard let second = try unsafe decoded(right) else { return nil }
        defer { unsafe EC_POINT_clear_free(second) }
        if negated, unsafe EC_POINT_invert(group, second, numbers) != 1 { throw Self.failure }
        guard unsafe EC_POINT_add(group, first, first, second, numbers) == 1 else { throw Self.failure }
        return try unsafe encoded(first)
    }

    /// OpenSSL looks whether it is on the curve. The cofactor is 1: what is, is in the group.
    private func decoded(_ bytes: [UInt8]) throws(GroupKeyError) -> OpaquePointer? {
        guard [Self.pointCount, 33].contains(bytes.count) else { return nil }
        guard let point = unsafe EC_POINT_new(group) else { throw Self.failure }
        rtc_err_clear()
        let isOne =
            unsafe EC_POINT_oct2point(group, point, bytes, bytes.count, numbers) == 1
            && EC_POINT_is_at_infinity(group, point) == 0
        rtc_err_clear()
        if isOne { return unsafe point }
        unsafe EC_POINT_clear_free(point)
        return nil
    }

    private func encoded(_ point: OpaquePointer) throws(GroupKeyError) -> [UInt8]? {
        if unsafe EC_POINT_is_at_infinity(group, point) == 1 { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.pointCount)
        let count = unsafe EC_POINT_point2oct(
            group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, numbers)
        guard count == bytes.count else { throw Self.failure }
        return bytes
    }

    private func bytes(of number: OpaquePointer) throws(GroupKeyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.scalarCount)
        guard unsafe BN_bn2binpad(number, &bytes, Int32(bytes.count)) == Int32(bytes.count) else { throw Self.failure }
        return bytes
    }

    private static var failure: GroupKeyError { GroupKeyError(.library, "OpenSSL failed at P-256's arithmetic") }
}
