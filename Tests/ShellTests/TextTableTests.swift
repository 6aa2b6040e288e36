import Testing

@testable import Shell

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct TextTableTests {
  @Test func `columns are as wide as their widest cell and lines end without spaces`() {
    var table = TextTable([.left("NAME"), .right("QUEUE"), .left("STATE")])
    table.append(["KV.Registry", "0", "waiting"])
    table.append(["shopping", "12", ""])
    table.append(["", "", "gone"])
    table.append(["alone"])
    #expect(
      table.render() == """
        NAME         QUEUE  STATE
        KV.Registry      0  waiting
        shopping        12
                            gone
        alone

        """)
  }

  @Test func `a table without titles has no header`() {
    var table = TextTable([.left(""), .right("")])
    #expect(table.render() == "")
    table.append(["workers", "3"])
    table.append(["active", "12"])
    #expect(table.lines() == ["workers   3", "active   12"])
  }

  @Test func `wide characters line up by the columns they take`() {
    var table = TextTable([.left("NAME"), .left("PID")])
    table.append(["奶酪", "<0.1.0>"])
    table.append(["cafe\u{301}", "<0.2.0>"])
    #expect(table.lines() == ["NAME  PID", "奶酪  <0.1.0>", "cafe\u{301}  <0.2.0>"])
  }

  @Test func `a limit takes from the widest text and never from a number`() {
    var table = TextTable([.left("NAME"), .right("SIZE"), .left("REASON")])
    table.append(["shopping", "1234567", "an error with a long story"])
    #expect(
      table.lines(width: 32) == [
        "NAME         SIZE  REASON",
        "shopping  1234567  an error wit…",
      ])
    #expect(table.lines(width: 24).allSatisfy { $0.displayWidth <= 24 })
    #expect(table.lines(width: 1) == ["NAME     SIZE  REA…", "sho…  1234567  an …"])
    #expect(table.lines(width: 200) == table.lines())
  }

  @Test func `a megabyte in a cell is cut like any other`() {
    var table = TextTable([.left("VALUE"), .left("NAME")])
    table.append([String(repeating: "x", count: 1 << 20), "a"])
    #expect(table.lines(width: 20)[1].displayWidth <= 20)
  }

  @Test func `a cell can't break the table`() {
    var table = TextTable([.left("NAME")])
    table.append(["a\nb\u{1b}[2J"])
    #expect(table.lines() == ["NAME", #"a\nb\u{1b}[2J"#])
  }

  @Test func `colours take no part in the layout`() {
    var table = TextTable([.left("NAME", role: .name), .right("N")])
    table.append(["a", "1"])
    table.append(["", "2"])
    #expect(
      table.lines(style: Style(isColored: true)) == [
        "\u{1b}[2mNAME\u{1b}[22m  \u{1b}[2mN\u{1b}[22m",
        "\u{1b}[1ma\u{1b}[22m     1",
        "      2",
      ])
  }
}

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("奶酪", 4), ("한글", 4), ("ｆ", 2), ("🧀", 2),
    ("✗ ✓ ↳ …", 7), ("├── └─", 6), ("a\u{200b}b", 2), ("a\u{1b}", 1), ("🇨🇭", 2),
  ])
  func `a text is as wide as a terminal shows it`(text: String, width: Int) {
    #expect(text.displayWidth == width)
  }

  @Test(arguments: [
    ("shopping", 8, "shopping"), ("shopping", 5, "shop…"), ("shopping", 1, "…"),
    ("shopping", 0, ""), ("奶酪奶酪", 5, "奶酪…"), ("奶酪奶酪", 6, "奶酪…"),
    ("cafe\u{301}s", 5, "cafe\u{301}s"), ("cafe\u{301}s!", 5, "cafe\u{301}…"),
  ])
  func `a text is cut between characters`(text: String, width: Int, expected: String) {
    #expect(text.truncated(toWidth: width) == expected)
  }

  #if canImport(Glibc)
    @Test func `widths agree with the C library's for the characters people write with`() throws {
      // A locale of this test's own: the program's is left as it is.
      let locale = try #require(newlocale(1 << LC_CTYPE, "C.UTF-8", nil))
      let previous = uselocale(locale)
      defer {
        uselocale(previous)
        freelocale(locale)
      }
      // Swift's module of the C library leaves this function out.
      typealias WidthFunction = @convention(c) (wchar_t) -> CInt
      let symbol = try #require(dlsym(nil, "wcwidth"))
      let wcwidth = unsafeBitCast(symbol, to: WidthFunction.self)
      let ranges: [ClosedRange<UInt32>] = [
        0x20...0x7E, 0xA0...0x2FF, 0x370...0x482, 0x5D0...0x5EA, 0x2010...0x2027,
        0x2190...0x21FF, 0x2500...0x257F, 0x2700...0x2767, 0x3041...0x3096, 0x4E00...0x9FFF,
        0xAC00...0xD7A3, 0xFF01...0xFF60, 0x1F300...0x1F320, 0x1F600...0x1F64F,
      ]
      let disagreements = ranges.joined().filter { value in
        guard let scalar = Unicode.Scalar(value) else { return true }
        let expected = wcwidth(wchar_t(value))
        // A C library that doesn't know a character has no opinion about it.
        return expected >= 0 && String(Character(scalar)).displayWidth != Int(expected)
      }
      #expect(disagreements.map { String($0, radix: 16) } == [])
    }
  #endif
}
