/// One line of the input.
struct Scenario: Sendable {
  enum Category: String {
    case signals, supervisor, dynamicSupervisor = "dynamic_supervisor", genServer = "gen_server", kv
  }

  let name: String
  let category: Category
  /// What is to be done; its shape differs from category to category.
  let content: JSON

  init(line: some StringProtocol) throws(FormatError) {
    try self.init(JSON(line: line))
  }

  init(_ json: JSON) throws(FormatError) {
    name = try json.string("name")
    let word = try json.string("category")
    guard let category = Category(rawValue: word) else {
      throw FormatError(
        "\(word) is no category: signals, supervisor, dynamic_supervisor, gen_server or kv")
    }
    self.category = category
    guard let content = json["scenario"] else { throw FormatError("scenario is missing") }
    self.content = content
  }
}
