/// Something that nobody should hold any more later on.
final class Leftover {
    private(set) weak var object: AnyObject?
    let type: String

    init(_ object: AnyObject?) {
        self.object = object
        type = object.map { "\(Swift.type(of: $0))" } ?? ""
    }
}
