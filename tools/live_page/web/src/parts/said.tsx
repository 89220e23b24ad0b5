// A sentence of the server. Where it shows a place in an expression with a caret, these lines keep their columns.

interface Piece {
  isExcerpt: boolean;
  text: string;
}

const CARET = /^\s*\^~*\s*$/;

export function Said({ text }: { text: string }) {
  return (
    <div class="said">
      {pieces(text).map((piece, index) => (piece.isExcerpt
        ? <pre key={index} class="code">{piece.text}</pre>
        : <p key={index}>{piece.text}</p>))}
    </div>
  );
}

/** Returns the text in pieces: an excerpt is a line with the line of carets below it. */
export function pieces(text: string): Piece[] {
  const lines = text.split('\n');
  const found: Piece[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const isExcerpt = CARET.test(lines[index + 1] ?? '');
    const last = found.at(-1);
    if (isExcerpt) {
      found.push({ isExcerpt, text: `${lines[index]}\n${lines[index + 1]}` });
      index += 1;
    } else if (last && !last.isExcerpt) {
      last.text += `\n${lines[index]}`;
    } else {
      found.push({ isExcerpt: false, text: lines[index] ?? '' });
    }
  }
  return found;
}
