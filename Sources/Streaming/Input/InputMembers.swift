internal import StrictJSON

/// Takes the members of a message, with an error that says which is wrong and what it is instead.
struct InputMembers {
    private let members: [String: JSONValue]

    /// The members of an object.
    init(of value: JSONValue) throws(InputError) {
        guard case .object(let members) = value else {
            throw .wrongType(member: "the message", found: value.kind, expected: "an object")
        }
        self.members = members
    }

    func text(_ name: String) throws(InputError) -> String {
        let value = try value(name, "a string")
        guard let text = value.text else {
            throw .wrongType(member: name, found: value.kind, expected: "a string")
        }
        return text
    }

    func flag(_ name: String) throws(InputError) -> Bool {
        let value = try value(name, "true or false")
        guard case .bool(let flag) = value else {
            throw .wrongType(member: name, found: value.kind, expected: "true or false")
        }
        return flag
    }

    /// A number; the range is only said here, and checked where the event is made.
    func number(_ name: String, in range: ClosedRange<Double>) throws(InputError) -> Double {
        let expected = "a number, \(InputNumber.text(range))"
        let value = try value(name, expected)
        guard let number = value.double else {
            throw .wrongType(member: name, found: value.kind, expected: expected)
        }
        return number
    }

    /// A whole number in a range, in whatever way it is written: `1`, `1.0` and `1e0` are one
    /// number.
    func wholeNumber(_ name: String, in range: ClosedRange<Int>) throws(InputError) -> Int {
        let allowed = Double(range.lowerBound)...Double(range.upperBound)
        let number = try number(name, in: allowed)
        try InputError.check(number, member: name, allowed: allowed)
        guard let whole = Int(exactly: number) else {
            throw .notWhole(member: name, found: number, allowed: allowed)
        }
        return whole
    }

    /// An array of numbers; their ranges are checked where the event is made.
    func numbers(_ name: String, most: Int) throws(InputError) -> [Double] {
        let expected = "an array of at most \(most) numbers"
        let value = try value(name, expected)
        guard case .array(let elements) = value else {
            throw .wrongType(member: name, found: value.kind, expected: expected)
        }
        try InputError.check(count: elements.count, member: name, most: most)
        var numbers: [Double] = []
        for (place, element) in elements.enumerated() {
            guard let number = element.double else {
                throw .wrongType(member: "\(name)[\(place)]", found: element.kind, expected: "a number")
            }
            numbers.append(number)
        }
        return numbers
    }

    private func value(_ name: String, _ expected: String) throws(InputError) -> JSONValue {
        guard let value = members[name] else { throw .missing(member: name, expected: expected) }
        return value
    }
}
