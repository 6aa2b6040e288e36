/// The name that a process is to be started under: in one object, since the value is large, and goes through many hands.
@usableFromInline
package final class StartName: Sendable {
  package let name: any ProcessName
  /// What the process is called besides: nothing when its name is of the runtime's own table, and else that name.
  package let label: String?

  private init(_ name: any ProcessName) {
    self.name = name
    label = name is String ? nil : name.description
  }

  @usableFromInline
  package convenience init?(ifAny name: (any ProcessName)?) {
    guard let name else { return nil }
    self.init(name)
  }
}
