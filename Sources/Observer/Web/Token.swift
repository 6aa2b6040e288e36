/// The secret in the page's address.
enum Token {
  /// Those that need no escape in a URL.
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

  /// Whether it is a secret at all, and can stand in a URL: not an empty string from a variable that was never set.
  static func isUsable(_ token: String) -> Bool {
    token.utf8.count >= 16 && token.allSatisfy(letters.contains)
  }

  /// 192 bits from the system's generator.
  static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    return String((0..<32).map { _ in letters[Int.random(in: 0..<64, using: &generator)] })
  }
}
