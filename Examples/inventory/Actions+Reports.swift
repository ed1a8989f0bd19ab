import Gateway

extension Actions {
    private struct Rows: Codable {
        let rows: Int
    }
    private struct Summary: Codable {
        struct Most: Codable {
            let name: String
            let count: Int
        }
        let items: Int
        let places: [String: Int]
        let most: Most?
    }
    /// What no client is told.
    private struct PrinterOnFire: Error {}

    mutating func addReports() {
        on("report.summary") { (inventory: isolated Inventory, _: Nothing) in
            var places = Dictionary(uniqueKeysWithValues: inventory.places.map { ($0, 0) })
            for item in inventory.items.values { places.merge(item.stock) { $0 + $1 } }
            let most = inventory.sorted.max { $0.count < $1.count }
            return Summary(
                items: inventory.items.count, places: places, most: most.map { .init(name: $0.name, count: $0.count) })
        }
        on("report.csv") { (_: isolated Inventory, asked: Rows) in
            let rows = (0..<min(max(0, asked.rows), 100_000)).map { "\($0),\"Schrauben, M\($0 % 10)\",\($0 * 5)\r\n" }
            return "row,name,cents\r\n" + rows.joined()
        }
        onLater("report.rows") { (_: Inventory, asked: Rows) in
            .parts { writer in
                for row in 0..<min(max(0, asked.rows), 100_000) {
                    try await writer.send(["row": row, "square": row &* row])
                }
            }
        }
        onLater("report.audit") { (inventory: Inventory, _: Nothing) in
            let items = await inventory.sorted
            return .parts { writer in
                for item in items {
                    guard item.count > 0 else { throw RPCError("gap", "There is nothing left of \"\(item.name)\".") }
                    try await writer.send(item.name)
                }
            }
        }
        on("report.print") { (_: isolated Inventory, _: Nothing) -> Nothing in throw PrinterOnFire() }
    }
}
