internal import Views

/// The page, put together of its parts, which are built into the program: nothing is read from a disk, and nothing
/// comes from elsewhere.
enum PageAssets {
  /// What the browser is allowed to do: run what this very answer marks, and talk with this server. A name that got into
  /// the page as markup would still be dead letters.
  static func policy(nonce: String) -> String {
    "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; "
      + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  }

  /// For everything that is no page.
  static let strictPolicy = "default-src 'none'; frame-ancestors 'none'"

  static func answer() -> Answer {
    let nonce = Token.make()
    return Answer(
      type: "text/html; charset=utf-8", body: .bytes(Array(page(nonce: nonce).utf8)),
      headers: [("Content-Security-Policy", policy(nonce: nonce))])
  }

  private static let icon = text(PackageResources.icon_svg)

  private static let parts: [String] = {
    let scripts = [
      PackageResources.core_js, PackageResources.format_js, PackageResources.dialog_js,
      PackageResources.tree_js, PackageResources.treeview_js, PackageResources.processes_js,
      PackageResources.process_js,
      PackageResources.actions_js, PackageResources.system_js, PackageResources.charts_js,
      PackageResources.timeline_js, PackageResources.live_js, PackageResources.main_js,
    ].map(text).joined(separator: "\n")
    let page = text(PackageResources.page_html)
      .replacing("/*STYLE*/", with: text(PackageResources.style_css))
      .replacing("/*SCRIPT*/", with: scripts)
      .replacing("ICON", with: iconURL)
    return page.split(separator: "NONCE", omittingEmptySubsequences: false).map(String.init)
  }()

  static func page(nonce: String) -> String { parts.joined(separator: nonce) }

  private static var iconURL: String {
    "data:image/svg+xml," + percentEncoded(icon)
  }

  private static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
      let character = Character(Unicode.Scalar(byte))
      if byte < 0x80, character.isLetter || character.isNumber || "-_.~/:=".contains(character) {
        result.append(character)
      } else {
        result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return result
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// A page without script and style: for who has no token.
  static func refusal(_ refusal: Refusal) -> String {
    """
    <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <link rel="icon" href="data:,"><title>Observer: not let in</title>
    <h1>Not let in</h1><p>\(SVGText.escape(refusal.message))</p></html>
    """
  }
}
