internal import Supervision

extension ProcessQuery {
  /// One word of a filter.
  struct Condition {
    private let column: Column?
    private let relation: Character
    private let value: String
    private let bytes: [UInt8]
    private let number: Int?

    init(_ word: Substring) {
      if let place = word.firstIndex(where: { "=<>".contains($0) }), place > word.startIndex,
        let column = Column(rawValue: String(word[..<place]))
      {
        self.column = column
        relation = word[place]
        value = word[word.index(after: place)...].lowercased()
      } else {
        column = nil
        relation = "="
        value = word.lowercased()
      }
      number = Int(value)
      bytes = Array(value.utf8)
    }

    func holds(_ process: ProcessSnapshot, _ titles: Titles) -> Bool {
      guard let column else {
        return occurs(in: process.title) || occurs(in: process.pid.description)
          || occurs(in: process.kind.rawValue) || process.role.map(occurs) ?? false
          || occurs(in: process.status.rawValue)
          || titles[process.supervisor].map(occurs) ?? false
      }
      let actual: Int? =
        switch column {
        case .mailbox: process.mailboxLength
        case .handled: process.handled
        case .restarts: process.restarts
        case .age: Int(process.age.components.seconds)
        default: nil
        }
      if let actual {
        guard let number else { return false }
        return switch relation {
        case "<": actual < number
        case ">": actual > number
        default: actual == number
        }
      }
      let text =
        switch column {
        case .pid: process.pid.description
        case .name: process.title
        case .kind: process.kind.rawValue
        case .status: process.status.rawValue
        default: titles[process.supervisor] ?? ""
        }
      return text.lowercased() == value
    }

    /// Whether the word is part of a text, whatever the case of its ASCII letters. By bytes, since a hundred thousand
    /// processes have several texts each.
    private func occurs(in text: String) -> Bool {
      guard let first = bytes.first else { return true }
      func lower(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }
      var text = text
      return text.withUTF8 { text in
        guard text.count >= bytes.count else { return false }
        for start in 0...text.count - bytes.count where lower(text[start]) == first {
          var length = 1
          while length < bytes.count, lower(text[start + length]) == bytes[length] { length += 1 }
          if length == bytes.count { return true }
        }
        return false
      }
    }
  }
}
