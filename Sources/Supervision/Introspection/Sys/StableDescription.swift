/// A value in words that are the same in every run.
///
/// Swift prints dictionaries and sets in an order that differs from run to run. What a person or a
/// test looks at should not, so their elements are in the order of their descriptions here, however
/// deep they lie.
package enum StableDescription {
  package static func describe(_ value: Any) -> String {
    describe(value, depth: 0)
  }

  /// Beyond this depth Swift's own description serves: nothing that people read is that deep.
  private static let limit = 8

  private static func describe(_ value: Any, depth: Int) -> String {
    guard depth < limit else { return String(reflecting: value) }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .dictionary:
      let pairs = mirror.children.map { child -> (String, String) in
        let parts = Mirror(reflecting: child.value).children.map(\.value)
        guard parts.count == 2 else { return (String(reflecting: child.value), "") }
        return (describe(parts[0], depth: depth + 1), describe(parts[1], depth: depth + 1))
      }
      if pairs.isEmpty { return "[:]" }
      return "["
        + pairs.sorted { $0 < $1 }.map { "\($0.0): \($0.1)" }.joined(separator: ", ") + "]"
    case .set:
      return "["
        + mirror.children.map { describe($0.value, depth: depth + 1) }.sorted()
        .joined(separator: ", ") + "]"
    case .collection:
      return "["
        + mirror.children.map { describe($0.value, depth: depth + 1) }.joined(separator: ", ") + "]"
    case .optional:
      guard let wrapped = mirror.children.first else { return "nil" }
      return describe(wrapped.value, depth: depth)
    case .tuple:
      return "(" + members(mirror, depth) + ")"
    case .struct where !(value is any CustomStringConvertible) && !mirror.children.isEmpty:
      return "\(mirror.subjectType)(\(members(mirror, depth)))"
    default:
      return depth == 0 ? String(describing: value) : String(reflecting: value)
    }
  }

  private static func members(_ mirror: Mirror, _ depth: Int) -> String {
    mirror.children.map { child in
      let text = describe(child.value, depth: depth + 1)
      // The unnamed elements of a tuple are called .0 and .1.
      guard let label = child.label, !label.hasPrefix(".") else { return text }
      return "\(label): \(text)"
    }.joined(separator: ", ")
  }
}
