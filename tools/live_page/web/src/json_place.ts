// Finds where a text stops being JSON; browsers say it differently, or not at all.

export interface Place {
  line: number;
  column: number;
  expected: string;
}

/** Returns where `text` is wrong and what was expected there, null if it is JSON. Lines and columns count from 1. */
export function wrongPlace(text: string): Place | null {
  const scan = new Scan(text);
  if (scan.value() && scan.end()) {
    return null;
  }
  const before = text.slice(0, scan.at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, expected: scan.expected };
}

class Scan {
  at = 0;
  expected = '';

  constructor(private readonly text: string) {}

  value(): boolean {
    this.take(/[ \t\r\n]*/y);
    const isRight = this.text[this.at] === '{'
      ? this.list('{', '}', () => this.key('a name in double quotes') && this.sign(':') && this.value())
      : this.text[this.at] === '['
        ? this.list('[', ']', () => this.value())
        : this.take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y)
          || this.fail('a value: a text in double quotes, a number, true, false, null, { or [');
    this.take(/[ \t\r\n]*/y, isRight);
    return isRight;
  }

  end(): boolean {
    return this.at === this.text.length || this.fail('the end');
  }

  private list(open: string, close: string, item: () => boolean): boolean {
    this.at += open.length;
    this.take(/[ \t\r\n]*/y);
    if (this.text[this.at] === close) {
      this.at += 1;
      return true;
    }
    while (item()) {
      if (this.text[this.at] === close) {
        this.at += 1;
        return true;
      }
      if (!this.sign(',', `, or ${close}`)) {
        return false;
      }
    }
    return false;
  }

  private key(expected: string): boolean {
    this.take(/[ \t\r\n]*/y);
    return this.take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y) || this.fail(expected);
  }

  private sign(sign: string, expected = sign): boolean {
    this.take(/[ \t\r\n]*/y);
    if (this.text[this.at] !== sign) {
      return this.fail(expected);
    }
    this.at += 1;
    return true;
  }

  private take(pattern: RegExp, isWanted = true): boolean {
    pattern.lastIndex = this.at;
    const found = isWanted && pattern.exec(this.text);
    this.at += found ? found[0].length : 0;
    return Boolean(found);
  }

  private fail(expected: string): boolean {
    this.expected = expected;
    return false;
  }
}
