import Foundation
import Gateway

/// The members that name an item.
struct OfItem: Codable, Sendable {
    let item: Int
}

extension Actions {
    private struct New: Codable {
        let name: String
        let cents: Int
        let tags: [String]?
    }
    private struct Rename: Codable {
        let item: Int
        let name: String
    }
    private struct Reprice: Codable {
        let item: Int
        let cents: Int
    }
    private struct Tag: Codable {
        let item: Int
        let tag: String
    }
    private struct Page: Codable {
        let from: Int?
        let limit: Int?
    }
    private struct Listed: Codable {
        let items: [Inventory.Item]
        let total: Int
    }
    private struct Words: Codable {
        let text: String
    }

    mutating func addItems() {
        on("item.add") { (inventory: isolated Inventory, new: New) in
            let item = try inventory.add(new.name, cents: new.cents)
            return try inventory.change(item.id) { item in
                item.tags = new.tags ?? []
                return item
            }
        }
        on("item.get") { (inventory: isolated Inventory, asked: OfItem) in try inventory.item(asked.item) }
        on("item.exists") { (inventory: isolated Inventory, asked: OfItem) in inventory.items[asked.item] != nil }
        on("item.rename") { (inventory: isolated Inventory, asked: Rename) in
            let name = try inventory.checked(asked.name)
            return try inventory.change(asked.item) { item in
                let before = item.name
                item.name = name
                return before
            }
        }
        on("item.reprice") { (inventory: isolated Inventory, asked: Reprice) in
            try inventory.change(asked.item) { item in
                let before = item.cents
                item.cents = asked.cents
                return ["before": before, "now": asked.cents]
            }
        }
        on("item.tag") { (inventory: isolated Inventory, asked: Tag) in
            try inventory.change(asked.item) { item in
                if !item.tags.contains(asked.tag) { item.tags = (item.tags + [asked.tag]).suffix(20) }
                return item.tags
            }
        }
        on("item.untag") { (inventory: isolated Inventory, asked: Tag) in
            try inventory.change(asked.item) { item in
                item.tags.removeAll { $0 == asked.tag }
                return item.tags
            }
        }
        on("item.remove") { (inventory: isolated Inventory, asked: OfItem) in
            try inventory.remove(asked.item)
            return Nothing?.none
        }
        on("item.list") { (inventory: isolated Inventory, asked: Page) in
            let all = inventory.sorted
            let rest = all.dropFirst(max(0, asked.from ?? 0)).prefix(min(max(0, asked.limit ?? 50), 100))
            return Listed(items: Array(rest), total: all.count)
        }
        on("item.find") { (inventory: isolated Inventory, asked: Words) in
            let options: String.CompareOptions = [.caseInsensitive, .diacriticInsensitive]
            return inventory.sorted.filter { $0.name.range(of: asked.text, options: options) != nil }.map(\.name)
        }
    }
}
