import Gateway

extension Actions {
    private struct Note: Codable {
        let item: Int
        let text: String
    }

    /// Notes are texts in any language; their lengths are counted as readers count.
    mutating func addNotes() {
        on("note.set") { (inventory: isolated Inventory, asked: Note) in
            try inventory.change(asked.item) { item in
                item.note = asked.text
                return asked.text.count
            }
        }
        on("note.append") { (inventory: isolated Inventory, asked: Note) in
            try inventory.change(asked.item) { item in
                let text = (item.note ?? "") + asked.text
                guard text.utf8.count <= 100_000 else { throw RPCError("full", "A note has 100,000 bytes at most.") }
                item.note = text
                return text.count
            }
        }
        on("note.get") { (inventory: isolated Inventory, asked: OfItem) in try inventory.item(asked.item).note }
        on("note.clear") { (inventory: isolated Inventory, asked: OfItem) in
            try inventory.change(asked.item) { item in
                defer { item.note = nil }
                return item.note != nil
            }
        }
    }
}
