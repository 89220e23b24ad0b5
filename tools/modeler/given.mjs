// Reads the JSON that a script is given on its standard input.
export async function given() {
  const parts = [];
  for await (const part of process.stdin) {
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
