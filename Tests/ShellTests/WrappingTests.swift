import Testing

@testable import Shell

@Suite struct WrappingTests {
  @Test func `lines are broken between words, and paragraphs stay apart`() {
    #expect("aa bb cc".wrapped(toWidth: 5) == "aa bb\ncc")
    #expect("aa\nbb\n\ncc".wrapped(toWidth: 80) == "aa bb\n\ncc")
    #expect("".wrapped(toWidth: 10) == "")
  }

  @Test func `a word wider than a line has a line, and wide characters count twice`() {
    #expect("a incomprehensible b".wrapped(toWidth: 5) == "a\nincomprehensible\nb")
    #expect("漢字 漢字".wrapped(toWidth: 8) == "漢字\n漢字")
    #expect("漢字 漢字".wrapped(toWidth: 9) == "漢字 漢字")
  }

  @Test func `a folded line goes on indented, and colours take no room`() {
    #expect("  ✗ aaa bbb ccc".folded(toWidth: 80, indent: 4) == "  ✗ aaa bbb ccc")
    #expect("  ✗ aaa bbb ccc".folded(toWidth: 11, indent: 4) == "  ✗ aaa bbb\n    ccc")
    let red = "  \u{1b}[31m✗\u{1b}[39m aaa bbb"
    #expect(red.folded(toWidth: 11, indent: 4) == red)
    #expect(red.folded(toWidth: 8, indent: 4) == "  \u{1b}[31m✗\u{1b}[39m aaa\n    bbb")
    #expect("incomprehensible".folded(toWidth: 4, indent: 2) == "incomprehensible")
  }

  @Test func `a line of a tree is folded beside its branches`() {
    let line = "│  ├─ KV.Registry <0.5.0>  permanent, restarted 1×"
    #expect(
      line.foldedInTree(toWidth: 34)
        == "│  ├─ KV.Registry <0.5.0>\n│  │    permanent, restarted 1×")
    #expect(line.foldedInTree(toWidth: 80) == line)
    #expect(
      "\u{1b}[2m├─ \u{1b}[22mshopping  permanent".foldedInTree(toWidth: 15)
        == "\u{1b}[2m├─ \u{1b}[22mshopping\n│    permanent")
    #expect(
      "└─ shopping <0.6.0>  temporary, orphan".foldedInTree(toWidth: 30)
        == "└─ shopping <0.6.0>\n     temporary, orphan")
  }
}
